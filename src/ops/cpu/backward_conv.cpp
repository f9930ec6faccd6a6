/// dx is a convolution of dy, spread out where the stride is not 1, with the weights turned round:
/// it runs on the fast forward paths. dW is a product of dy with the patches of x, which are copied
/// out strip by strip; strips belong to a fixed number of sums that are added in order.
#include <algorithm>
#include <cstring>

#include "ops/cpu/backward.h"
#include "ops/cpu/dnnl_gemm.h"
#include "ops/cpu/pieces.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

/// [O,I,kh,kw] -> [I,O,kh,kw], both axes of the kernel reversed.
Tensor turned_round(const Tensor& weight, DType type) {
  const int64_t out = weight.dim(0), in = weight.dim(1), taps = weight.dim(2) * weight.dim(3);
  const Tensor plain = cast(weight, DType::f32);
  Tensor turned =
      Tensor::empty({in, out, weight.dim(2), weight.dim(3)}, DType::f32, weight.device());
  const float* from = plain.data<float>();
  float* to = turned.mutable_data<float>();
  parallel_ranges(threads_for(plain), in, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t o = 0; o < out; ++o) {
        std::reverse_copy(from + (o * in + i) * taps, from + (o * in + i + 1) * taps,
                          to + (i * out + o) * taps);
      }
    }
  });
  return cast(turned, type);
}

}  // namespace

void conv2d_input_gradient(Tensor& dx, const Tensor& dy, const Tensor& weight,
                           const ConvGeometry& geometry) {
  if (dx.numel() == 0) return;
  const int64_t kernel_height = weight.dim(2), kernel_width = weight.dim(3);
  const int64_t top = kernel_height - 1 - geometry.top, left = kernel_width - 1 - geometry.left;
  const int64_t bottom = kernel_height - 1 - geometry.bottom;
  const int64_t right = kernel_width - 1 - geometry.right;
  // What the last step left over of x got no gradient: zeros, as those between the steps.
  const int64_t height = dx.dim(1) + kernel_height - 1 - top - bottom;
  const int64_t width = dx.dim(2) + kernel_width - 1 - left - right;
  const bool spread = height != dy.dim(1) || width != dy.dim(2);
  // f16 is computed in f32.
  const DType type = dy.dtype() == DType::bf16 ? DType::bf16 : DType::f32;
  const Tensor image = cast(spread ? spread_pixels(dy, geometry.stride, height, width) : dy, type);
  const ConvWeights weights = prepare_conv(turned_round(weight, type), std::nullopt, type);
  dx = cast(conv2d(image, weights, {1, top, left, bottom, right}), dx.dtype());
}

namespace {

/// Output pixels per strip, about, and how many sums the strips are added to.
constexpr int64_t kStripPixels = 512;
constexpr int64_t kSums = 8;

struct Patches {
  const Tensor& x;
  const ConvGeometry& geometry;
  int64_t kernel_height, kernel_width, out_width;
  DType type;

  int64_t depth() const { return kernel_height * kernel_width * x.dim(3); }

  /// The patches of output rows [begin, end) of an image: [pixels, kh, kw, I].
  void copy(int64_t image, int64_t begin, int64_t end, std::byte* to) const {
    const int64_t channels = x.dim(3);
    const size_t bytes = static_cast<size_t>(channels) * size_of(type);
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t column = 0; column < out_width; ++column) {
        for (int64_t tap = 0; tap < kernel_height * kernel_width; ++tap, to += bytes) {
          const int64_t y = row * geometry.stride - geometry.top + tap / kernel_width;
          const int64_t from = column * geometry.stride - geometry.left + tap % kernel_width;
          if (y < 0 || y >= x.dim(1) || from < 0 || from >= x.dim(2)) {
            std::memset(to, 0, bytes);
          } else {
            std::memcpy(to, address(x, ((image * x.dim(1) + y) * x.dim(2) + from) * channels),
                        bytes);
          }
        }
      }
    }
  }
};

struct Strip {
  int64_t image, begin, end;
};

}  // namespace

void conv2d_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x,
                            const ConvGeometry& geometry) {
  const Device& device = dw.device();
  const DType type = gemm_type(dy.dtype());
  const MemoryScope scope(device, MemoryUse::workspace);
  const Tensor slopes = cast(dy, type), image = cast(x, type);
  const Patches patches{image, geometry, dw.dim(2), dw.dim(3), dy.dim(2), type};
  const int64_t out = dw.dim(0), depth = patches.depth(), count = out * depth;

  std::vector<Strip> strips;
  const int64_t step = std::clamp<int64_t>(kStripPixels / std::max<int64_t>(dy.dim(2), 1), 1,
                                           std::max<int64_t>(dy.dim(1), 1));
  for (int64_t b = 0; b < dy.dim(0) && dy.dim(2) > 0; ++b) {
    for (int64_t row = 0; row < dy.dim(1); row += step) {
      strips.push_back({b, row, std::min(row + step, dy.dim(1))});
    }
  }
  const auto gemm_of = [&](int64_t rows) {
    return DnnlGemm::get({out, depth, rows * dy.dim(2), type, {out, true}, {depth}, true});
  };
  size_t scratch = 0;
  for (const Strip& strip : strips) {
    scratch = std::max(scratch, gemm_of(strip.end - strip.begin)->scratch_bytes());
  }
  Layout layout;
  const size_t patches_at =
      layout.add(static_cast<size_t>(step * dy.dim(2) * depth) * size_of(type));
  const size_t scratch_at = layout.add(scratch);
  Workspaces workspaces(device, layout.bytes());

  const auto total = static_cast<int64_t>(strips.size());
  Tensor sums = Tensor::zeros({kSums, count}, DType::f32, device);
  float* to = sums.mutable_data<float>();
  parallel_for(device.threads(), kSums, [&](int64_t part) {
    Workspaces::Lease workspace(workspaces);
    for (int64_t i = total * part / kSums; i < total * (part + 1) / kSums; ++i) {
      device.cancel().throw_if_requested();
      const Strip& strip = strips[static_cast<size_t>(i)];
      patches.copy(strip.image, strip.begin, strip.end, workspace.data() + patches_at);
      gemm_of(strip.end - strip.begin)
          ->run(address(slopes, (strip.image * dy.dim(1) + strip.begin) * dy.dim(2) * out),
                workspace.data() + patches_at, to + part * count, workspace.data() + scratch_at);
    }
  });

  // [kh,kw,I] of every output becomes [I,kh,kw].
  const int64_t taps = dw.dim(2) * dw.dim(3), in = dw.dim(1);
  float* result = dw.mutable_data<float>();
  parallel_ranges(device.threads(), out, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * depth; i < end * depth; ++i) {
      double sum = 0;
      for (int64_t part = 0; part < kSums; ++part) sum += static_cast<double>(to[part * count + i]);
      const int64_t o = i / depth, tap = i % depth / in, c = i % in;
      result[(o * in + c) * taps + tap] = static_cast<float>(sum);
    }
  });
}

}  // namespace newbie::ops::cpu
