#include "ops/reference/shape.h"

#include <cstring>

namespace newbie::ops::reference {
namespace {

/// y[to ... to+count) = x[from ... from+count), counted in elements.
void move(Tensor& y, int64_t to, const Tensor& x, int64_t from, int64_t count = 1) {
  const size_t size = size_of(x.dtype());
  std::memcpy(y.mutable_raw() + static_cast<size_t>(to) * size,
              x.raw() + static_cast<size_t>(from) * size, static_cast<size_t>(count) * size);
}

/// Visits every pixel of the patches: its place in the tokens and in the [C,h,w] latent.
template <class Visit>
void each_patch_pixel(const Shape& latent, int64_t patch, const Visit& visit) {
  const int64_t channels = latent[0], h = latent[1], w = latent[2];
  int64_t feature = 0;
  for (int64_t top = 0; top < h; top += patch) {
    for (int64_t left = 0; left < w; left += patch) {
      for (int64_t row = top; row < top + patch; ++row) {
        for (int64_t column = left; column < left + patch; ++column) {
          for (int64_t c = 0; c < channels; ++c) visit(feature++, (c * h + row) * w + column);
        }
      }
    }
  }
}

}  // namespace

void concat_rows(Tensor& y, const std::vector<Tensor>& parts) {
  int64_t to = 0;
  for (const Tensor& part : parts) {
    move(y, to, part, 0, part.numel());
    to += part.numel();
  }
}

void concat_columns(Tensor& y, const std::vector<Tensor>& parts) {
  int64_t to = 0;
  for (int64_t row = 0; row < y.shape().rows(); ++row) {
    for (const Tensor& part : parts) {
      const int64_t width = part.dim(-1);
      move(y, to, part, row * width, width);
      to += width;
    }
  }
}

void take_columns(Tensor& y, const Tensor& x, const int64_t& first) {
  const int64_t width = y.dim(-1);
  for (int64_t row = 0; row < y.shape().rows(); ++row) {
    move(y, row * width, x, row * x.dim(-1) + first, width);
  }
}

void take_rows(Tensor& y, const Tensor& x, const std::vector<int64_t>& indices) {
  const int64_t width = x.dim(1);
  for (size_t i = 0; i < indices.size(); ++i) {
    move(y, static_cast<int64_t>(i) * width, x, indices[i] * width, width);
  }
}

void transpose(Tensor& y, const Tensor& x) {
  const int64_t m = x.dim(1), n = x.dim(2);
  for (int64_t b = 0; b < x.dim(0); ++b) {
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) move(y, (b * n + j) * m + i, x, (b * m + i) * n + j);
    }
  }
}

void crop(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left) {
  const int64_t height = out.dim(1), width = out.dim(2), channels = out.dim(3);
  for (int64_t b = 0; b < out.dim(0); ++b) {
    for (int64_t row = 0; row < height; ++row) {
      const int64_t from = (b * image.dim(1) + top + row) * image.dim(2) + left;
      move(out, (b * height + row) * width * channels, image, from * channels, width * channels);
    }
  }
}

void upsample_nearest_2x(Tensor& y, const Tensor& image) {
  const int64_t height = y.dim(1), width = y.dim(2), channels = y.dim(3);
  for (int64_t b = 0; b < y.dim(0); ++b) {
    for (int64_t row = 0; row < height; ++row) {
      for (int64_t column = 0; column < width; ++column) {
        const int64_t from = (b * image.dim(1) + row / 2) * image.dim(2) + column / 2;
        move(y, ((b * height + row) * width + column) * channels, image, from * channels, channels);
      }
    }
  }
}

void patchify(Tensor& y, const Tensor& latent, const int64_t& patch) {
  each_patch_pixel(latent.shape(), patch,
                   [&](int64_t feature, int64_t pixel) { move(y, feature, latent, pixel); });
}

void unpatchify(Tensor& y, const Tensor& tokens, const int64_t& patch) {
  each_patch_pixel(y.shape(), patch,
                   [&](int64_t feature, int64_t pixel) { move(y, pixel, tokens, feature); });
}

}  // namespace newbie::ops::reference
