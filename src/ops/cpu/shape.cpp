#include "ops/cpu/shape.h"

#include <algorithm>
#include <cstring>

#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {
namespace {

/// memcpy that takes two null pointers for no bytes.
void copy_bytes(std::byte* to, const std::byte* from, int64_t bytes) {
  if (bytes > 0) std::memcpy(to, from, static_cast<size_t>(bytes));
}

int64_t bytes_of(const Tensor& x, int64_t elements) {
  return elements * static_cast<int64_t>(size_of(x.dtype()));
}

/// to(row) and from(row) are element indices of runs of `width`.
template <class To, class From>
void copy_rows(Tensor& y, const Tensor& x, int64_t rows, int64_t width, const To& to,
               const From& from) {
  if (width == 0) return;
  const Output out(y);
  const int64_t bytes = bytes_of(x, width);
  parallel_ranges(threads_for(x), rows, grain_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      copy_bytes(out.at(to(row)), address(x, from(row)), bytes);
    }
  });
}

/// body(a value of an integer type of that many bytes).
template <class Body>
void with_width(size_t bytes, const Body& body) {
  switch (bytes) {
    case 1:
      return body(uint8_t{});
    case 2:
      return body(uint16_t{});
    case 4:
      return body(uint32_t{});
    default:
      return body(uint64_t{});
  }
}

/// visit(index in the tokens, index in the [C,h,w] latent) for every element, rows of patches in
/// parallel.
template <class Visit>
void for_patch_pixels(int threads, const Shape& latent, int64_t patch, const Visit& visit) {
  const int64_t channels = latent[0], h = latent[1], w = latent[2];
  parallel_for(threads, h / patch, [&](int64_t patch_row) {
    int64_t feature = patch_row * patch * w * channels;
    const int64_t top = patch_row * patch;
    for (int64_t left = 0; left < w; left += patch) {
      for (int64_t row = top; row < top + patch; ++row) {
        for (int64_t column = left; column < left + patch; ++column) {
          for (int64_t c = 0; c < channels; ++c) visit(feature++, (c * h + row) * w + column);
        }
      }
    }
  });
}

}  // namespace

void concat_rows(Tensor& y, const std::vector<Tensor>& parts) {
  const Output out(y);
  int64_t first = 0;
  for (const Tensor& part : parts) {
    parallel_ranges(threads_for(y), part.numel(), kGrain, [&](int64_t begin, int64_t end) {
      copy_bytes(out.at(first + begin), address(part, begin), bytes_of(part, end - begin));
    });
    first += part.numel();
  }
}

void concat_columns(Tensor& y, const std::vector<Tensor>& parts) {
  const int64_t stride = y.dim(-1);
  int64_t first = 0;
  for (const Tensor& part : parts) {
    const int64_t width = part.dim(-1);
    copy_rows(
        y, part, part.shape().rows(), width, [&](int64_t row) { return row * stride + first; },
        [&](int64_t row) { return row * width; });
    first += width;
  }
}

void take_columns(Tensor& y, const Tensor& x, const int64_t& first) {
  const int64_t width = y.dim(-1), stride = x.dim(-1);
  copy_rows(
      y, x, y.shape().rows(), width, [&](int64_t row) { return row * width; },
      [&](int64_t row) { return row * stride + first; });
}

void take_rows(Tensor& y, const Tensor& x, const std::vector<int64_t>& indices) {
  const int64_t width = x.dim(1);
  copy_rows(
      y, x, y.dim(0), width, [&](int64_t row) { return row * width; },
      [&](int64_t row) { return indices[static_cast<size_t>(row)] * width; });
}

void transpose(Tensor& y, const Tensor& x) {
  constexpr int64_t kTile = 64, kTilesAtOnce = 16;
  const int64_t m = x.dim(1), n = x.dim(2);
  const int64_t down = (m + kTile - 1) / kTile, across = (n + kTile - 1) / kTile;
  std::byte* result = y.mutable_raw();
  with_width(size_of(x.dtype()), [&](auto zero) {
    using Word = decltype(zero);
    const auto one_tile = [&](int64_t tile) {
      const int64_t image = tile / (down * across) * m * n;
      const int64_t top = tile / across % down * kTile, left = tile % across * kTile;
      const int64_t bottom = std::min(m, top + kTile), right = std::min(n, left + kTile);
      const Word* from = reinterpret_cast<const Word*>(x.raw()) + image;
      Word* to = reinterpret_cast<Word*>(result) + image;
      for (int64_t j = left; j < right; ++j) {
        for (int64_t i = top; i < bottom; ++i) to[j * m + i] = from[i * n + j];
      }
    };
    parallel_ranges(threads_for(x), x.dim(0) * down * across, kTilesAtOnce,
                    [&](int64_t begin, int64_t end) {
                      for (int64_t tile = begin; tile < end; ++tile) one_tile(tile);
                    });
  });
}

void crop(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left) {
  const int64_t height = out.dim(1), width = out.dim(2), channels = out.dim(3);
  if (height == 0) return;
  copy_rows(
      out, image, out.dim(0) * height, width * channels,
      [&](int64_t row) { return row * width * channels; },
      [&](int64_t row) {
        const int64_t from = row / height * image.dim(1) + top + row % height;
        return (from * image.dim(2) + left) * channels;
      });
}

void upsample_nearest_2x(Tensor& y, const Tensor& image) {
  const int64_t width = image.dim(2), pixel = bytes_of(image, image.dim(3));
  const int64_t row_bytes = width * pixel;
  const Output out(y);
  parallel_for(threads_for(image), image.dim(0) * image.dim(1), [&](int64_t row) {
    const std::byte* from = image.raw() + row * row_bytes;
    std::byte* upper = out.begin + row * 4 * row_bytes;
    for (int64_t column = 0; column < width; ++column) {
      copy_bytes(upper + 2 * column * pixel, from + column * pixel, pixel);
      copy_bytes(upper + (2 * column + 1) * pixel, from + column * pixel, pixel);
    }
    copy_bytes(upper + 2 * row_bytes, upper, 2 * row_bytes);
  });
}

void patchify(Tensor& y, const Tensor& latent, const int64_t& patch) {
  with_width(size_of(y.dtype()), [&](auto zero) {
    const auto* from = reinterpret_cast<const decltype(zero)*>(latent.raw());
    auto* to = reinterpret_cast<decltype(zero)*>(y.mutable_raw());
    for_patch_pixels(threads_for(y), latent.shape(), patch,
                     [=](int64_t feature, int64_t pixel) { to[feature] = from[pixel]; });
  });
}

void unpatchify(Tensor& y, const Tensor& tokens, const int64_t& patch) {
  with_width(size_of(y.dtype()), [&](auto zero) {
    const auto* from = reinterpret_cast<const decltype(zero)*>(tokens.raw());
    auto* to = reinterpret_cast<decltype(zero)*>(y.mutable_raw());
    for_patch_pixels(threads_for(y), y.shape(), patch,
                     [=](int64_t feature, int64_t pixel) { to[pixel] = from[feature]; });
  });
}

}  // namespace newbie::ops::cpu
