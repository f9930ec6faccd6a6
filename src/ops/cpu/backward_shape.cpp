#include <cstring>

#include "ops/cpu/backward.h"
#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {

void place(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left,
           const int64_t& step) {
  const int64_t h = image.dim(1), w = image.dim(2), channels = image.dim(3);
  const size_t pixel = static_cast<size_t>(channels) * size_of(image.dtype());
  const Output to(out);
  parallel_ranges(threads_for(image), image.dim(0) * h, grain_rows(w * channels + 1),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t row = begin; row < end; ++row) {
                      const int64_t y = row / h * out.dim(1) + top + row % h * step;
                      const int64_t at = (y * out.dim(2) + left) * channels;
                      const std::byte* from = address(image, row * w * channels);
                      if (step == 1) {
                        std::memcpy(to.at(at), from, static_cast<size_t>(w) * pixel);
                        continue;
                      }
                      for (int64_t x = 0; x < w; ++x) {
                        std::memcpy(to.at(at + x * step * channels),
                                    from + static_cast<size_t>(x) * pixel, pixel);
                      }
                    }
                  });
}

void average_2x2(Tensor& y, const Tensor& image) {
  constexpr float kQuarters[] = {0.25f, 0.25f, 0.25f, 0.25f};
  const int64_t w = y.dim(2), channels = y.dim(3), row_size = 2 * w * channels;
  const Output out(y);
  parallel_ranges(threads_for(image), y.dim(0) * y.dim(1), grain_rows(row_size + 1),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t row = begin; row < end; ++row) {
                      for (int64_t x = 0; x < w; ++x) {
                        const int64_t from = 2 * row * row_size + 2 * x * channels;
                        const void* pixels[] = {address(image, from),
                                                address(image, from + channels),
                                                address(image, from + row_size),
                                                address(image, from + row_size + channels)};
                        kernels().combine(element_of(y.dtype()), 4, kQuarters, pixels,
                                          out.at((row * w + x) * channels), channels);
                      }
                    }
                  });
}

void scatter_rows(Tensor& y, const Tensor& dy, const std::vector<int64_t>& indices,
                  const float& scale) {
  constexpr int64_t kColumns = 256;
  const int64_t width = y.dim(1);
  Tensor sums = y.dtype() == DType::f32 ? y : Tensor::empty(y.shape(), DType::f32, y.device());
  float* to = sums.mutable_data<float>();
  std::fill(to, to + sums.numel(), 0.0f);
  const Element type = element_of(dy.dtype());
  // A task owns columns, so that rows are added in the order in which they come.
  parallel_ranges(threads_for(dy), width, kColumns, [&](int64_t begin, int64_t end) {
    std::vector<float> row(static_cast<size_t>(end - begin));
    for (size_t i = 0; i < indices.size(); ++i) {
      kernels().convert(type, address(dy, static_cast<int64_t>(i) * width + begin), scale,
                        Element::f32, row.data(), end - begin);
      float* at = to + indices[i] * width + begin;
      kernels().add(Element::f32, at, row.data(), at, end - begin);
    }
  });
  if (y.dtype() != DType::f32) {
    kernels().convert(Element::f32, to, 1.0f, element_of(y.dtype()), y.mutable_raw(), y.numel());
  }
}

void spread_rows(Tensor& y, const Tensor& dy, const Packing& sequences) {
  const int64_t width = y.dim(1);
  if (width == 0) return;
  const Output out(y);
  const Element type = element_of(y.dtype());
  parallel_ranges(threads_for(y), y.dim(0), grain_rows(width), [&](int64_t begin, int64_t end) {
    for_sequences(sequences, begin, end, [&](int64_t b, int64_t first, int64_t last) {
      const float share = 1.0f / static_cast<float>(sequences.length(b));
      for (int64_t row = first; row < last; ++row) {
        kernels().convert(type, address(dy, b * width), share, type, out.at(row * width), width);
      }
    });
  });
}

}  // namespace newbie::ops::cpu
