// How close do the bandwidth-bound ops come to copying memory on an NVIDIA device?
//
// floor GB/s: the bytes that must be read and written at least once over the median time of an op.
// of copy: that rate against a device-to-device copy measured in this run.

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "ops/elementwise.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/rope.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "support/tensors.h"
#include "tensor/cuda/context.h"

namespace newbie::ops {
namespace {

using Tensors = std::vector<Tensor>;

constexpr int kSets = 4;  ///< of inputs, used in turn
constexpr int kRepeats = 15;

/// Random numbers, made once for 64 Ki elements and repeated: making them takes longer than ops.
Tensor filled(Shape shape, DType dtype, const Device& device, uint32_t seed) {
  const Tensor seedling = test::random_tensor({65'536}, dtype, Device::cpu(1), seed);
  std::vector<std::byte> bytes(static_cast<size_t>(shape.numel()) * size_of(dtype));
  for (size_t at = 0; at < bytes.size(); at += seedling.bytes()) {
    std::memcpy(bytes.data() + at, seedling.raw(), std::min(seedling.bytes(), bytes.size() - at));
  }
  Tensor tensor = Tensor::empty(shape, dtype, device);
  device.upload(tensor.mutable_raw(), bytes.data(), bytes.size());
  return tensor;
}

/// Median milliseconds of run(i), between events on the device's stream.
double median_ms(const Device& device, const std::function<void(int)>& run) {
  const auto stream = cuda::stream_of(device);
  cudaEvent_t begin, end;
  cuda::require(cudaEventCreate(&begin), "making an event");
  cuda::require(cudaEventCreate(&end), "making an event");
  for (int i = 0; i < 8; ++i) run(i);
  std::vector<float> times;
  for (int i = 0; i < kRepeats; ++i) {
    // Launches run ahead of the device: only the first one's way there is timed too.
    constexpr int kEach = 24;
    cuda::require(cudaEventRecord(begin, stream), "recording");
    for (int k = 0; k < kEach; ++k) run(i * kEach + k);
    cuda::require(cudaEventRecord(end, stream), "recording");
    cuda::require(cudaEventSynchronize(end), "waiting");
    float ms = 0;
    cuda::require(cudaEventElapsedTime(&ms, begin, end), "timing");
    times.push_back(ms / kEach);
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
  return static_cast<double>(times[kRepeats / 2]);
}

double copy_speed(const Device& device) {
  const Tensor from = filled({int64_t{1} << 28}, DType::f32, device, 1);
  Tensor to = Tensor::empty(from.shape(), DType::f32, device);
  const auto stream = cuda::stream_of(device);
  const double ms = median_ms(device, [&](int) {
    cuda::require(cudaMemcpyAsync(to.mutable_raw(), from.raw(), from.bytes(),
                                  cudaMemcpyDeviceToDevice, stream),
                  "copying");
  });
  return 2.0 * static_cast<double>(from.bytes()) / ms * 1e-6;
}

struct Bench {
  Device device;
  double copy;  ///< GB/s

  /// `make(seed)` makes one set of inputs; `written` are the bytes of the results.
  void row(const std::string& name, double written, const std::function<Tensors(uint32_t)>& make,
           const std::function<void(const Tensors&)>& run) const {
    std::vector<Tensors> sets;
    for (uint32_t s = 0; s < kSets; ++s) sets.push_back(make(s));
    double bytes = written;
    for (const Tensor& x : sets[0]) bytes += static_cast<double>(x.bytes());
    const double ms = median_ms(device, [&](int i) { run(sets[static_cast<size_t>(i % kSets)]); });
    const double speed = bytes / ms * 1e-6;
    fmt::print("{:<44} {:8.4f} ms {:7.0f} GB/s {:5.0f} %\n", name, ms, speed, 100 * speed / copy);
  }
};

/// Two pictures of 1024 x 1024 (guidance), 4096 + 256 tokens each.
void block_ops(const Bench& bench, DType type) {
  constexpr int64_t kRows = 8704, kWidth = 2304, kHidden = 9216, kHeads = 24, kKeys = 8, kHead = 96;
  const Device& device = bench.device;
  const auto random = [&](Shape shape, uint32_t seed) { return filled(shape, type, device, seed); };
  const auto bytes = [&](int64_t elements) {
    return static_cast<double>(elements) * static_cast<double>(size_of(type));
  };
  const auto name = [&](const char* op, int64_t rows, int64_t width) {
    return fmt::format("{} {}x{} {}", op, rows, width, name_of(type));
  };
  const Packing two = Packing::of_lengths({kRows / 2, kRows / 2});
  const Tensor weight = filled({kWidth}, DType::f32, device, 9);
  const Tensor factors = random({2, kWidth}, 10);
  const auto one = [&](uint32_t s) { return Tensors{random({kRows, kWidth}, s)}; };
  const auto pair = [&](uint32_t s) {
    return Tensors{random({kRows, kWidth}, s), random({kRows, kWidth}, s + 50)};
  };
  const double out = bytes(kRows * kWidth);
  bench.row(name("rms_norm", kRows, kWidth), out, one,
            [&](const Tensors& in) { rms_norm(in[0], weight, 1e-5f); });
  bench.row(name("rms_norm_modulate", kRows, kWidth), out, one,
            [&](const Tensors& in) { rms_norm_modulate(in[0], weight, 1e-5f, factors, two); });
  bench.row(name("add_gated_rms_norm", kRows, kWidth), out, pair, [&](const Tensors& in) {
    add_gated_rms_norm(in[0], in[1], weight, 1e-5f, factors, two);
  });
  bench.row(name("add_rms_norm", kRows, kWidth), out, pair,
            [&](const Tensors& in) { add_rms_norm(in[0], in[1], weight, 1e-5f); });
  bench.row(name("layer_norm", kRows, kWidth), out, one,
            [&](const Tensors& in) { layer_norm(in[0], weight, weight, 1e-6f); });
  bench.row(name("layer_norm_modulate", kRows, kWidth), out, one,
            [&](const Tensors& in) { layer_norm_modulate(in[0], 1e-6f, factors, two); });

  std::vector<int32_t> positions(static_cast<size_t>(kRows));
  std::iota(positions.begin(), positions.end(), 0);
  const RopeTable angles = rope_line(positions, kHead, 10000.0f, 1.0f, device);
  const Tensor head_weight = filled({kHead}, DType::f32, device, 11);
  const int64_t fused = (kHeads + 2 * kKeys) * kHead;
  for (RopeLayout layout : {RopeLayout::interleaved, RopeLayout::half_split}) {
    bench.row(
        name(layout == RopeLayout::interleaved ? "split_heads_norm_rope" : "... half_split", kRows,
             fused),
        bytes(kRows * fused),
        [&](uint32_t s) {
          return Tensors{random({kRows, fused}, s)};
        },
        [&](const Tensors& in) {
          split_heads_norm_rope(in[0], kHeads, kKeys, head_weight, head_weight, 1e-6f, angles,
                                layout);
        });
  }
  bench.row(
      name("gated silu", kRows, kHidden), bytes(kRows * kHidden),
      [&](uint32_t s) {
        return Tensors{random({kRows, kHidden}, s), random({kRows, kHidden}, s + 50)};
      },
      [](const Tensors& in) { gated(in[0], in[1], Activation::silu); });
  bench.row(
      name("activate gelu_tanh", kRows, kHidden), bytes(kRows * kHidden),
      [&](uint32_t s) {
        return Tensors{random({kRows, kHidden}, s)};
      },
      [](const Tensors& in) { activate(in[0], Activation::gelu_tanh); });
  bench.row(
      name("activate gelu_erf", kRows, kHidden), bytes(kRows * kHidden),
      [&](uint32_t s) {
        return Tensors{random({kRows, kHidden}, s)};
      },
      [](const Tensors& in) { activate(in[0], Activation::gelu_erf); });
  bench.row(name("add", kRows, kWidth), out, pair, [](const Tensors& in) { add(in[0], in[1]); });
  const DType other = type == DType::f32 ? DType::bf16 : DType::f32;
  bench.row(name("cast to the other of f32 and bf16", kRows, kWidth),
            static_cast<double>(kRows * kWidth) * static_cast<double>(size_of(other)), one,
            [&](const Tensors& in) { cast(in[0], other); });
}

/// The widest layers of the decoder of a 1024 x 1024 picture.
void picture_ops(const Bench& bench, DType type) {
  const Device& device = bench.device;
  const auto random = [&](Shape shape, uint32_t seed) { return filled(shape, type, device, seed); };
  for (int64_t channels : {128, 256, 512}) {
    const int64_t side = channels == 128 ? 1024 : channels == 256 ? 512 : 256;
    const Tensor weight = filled({channels}, DType::f32, device, 1);
    const Shape shape{1, side, side, channels};
    const double bytes = static_cast<double>(shape.numel()) * static_cast<double>(size_of(type));
    const auto one = [&](uint32_t s) { return Tensors{random(shape, s)}; };
    bench.row(
        fmt::format("group_norm silu {0}x{0}x{1} {2}", side, channels, name_of(type)), bytes, one,
        [&](const Tensors& in) { group_norm(in[0], 32, weight, weight, 1e-6f, Activation::silu); });
    bench.row(fmt::format("upsample_nearest_2x {0}x{0}x{1} {2}", side, channels, name_of(type)),
              4 * bytes, one, [](const Tensors& in) { upsample_nearest_2x(in[0]); });
  }
  const Shape wide{1, 1024, 1024, 128};
  bench.row(
      fmt::format("to_channels_first 1024x1024x128 {}", name_of(type)),
      static_cast<double>(wide.numel()) * static_cast<double>(size_of(type)),
      [&](uint32_t s) { return Tensors{random(wide, s)}; },
      [](const Tensors& in) { to_channels_first(in[0]); });
}

}  // namespace
}  // namespace newbie::ops

int main() {
  using namespace newbie;
  try {
    const Device device = Device::cuda(0);
    const ops::Bench bench{device, ops::copy_speed(device)};
    fmt::print("{}, copy {:.0f} GB/s (read + written)\n", device.device_class(), bench.copy);
    for (DType type : {DType::bf16, DType::f32}) {
      ops::block_ops(bench, type);
      ops::picture_ops(bench, type);
    }
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
