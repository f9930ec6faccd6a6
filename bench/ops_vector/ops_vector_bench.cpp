// How close do the bandwidth-bound ops come to copying memory?
//
// Every row reports floor_GB/s: the bytes that must be read and written at least once, over the
// time; and of_copy: that figure against a plain copy by the same threads, measured in this run.
// Before the clock starts an op is compared with its reference on a few rows.
//   bench_ops_vector [--threads=2] [google benchmark flags]

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>

#include "base/parallel.h"
#include "ops/cpu/vector/kernels.h"
#include "ops/elementwise.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/reference/elementwise.h"
#include "ops/reference/norm.h"
#include "ops/reference/rope.h"
#include "ops/reference/shape.h"
#include "ops/rope.h"
#include "ops/shape.h"
#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::ops {
namespace {

using Tensors = std::vector<Tensor>;

/// An op on `rows` rows: its inputs, both implementations, and the bytes it cannot avoid.
struct Work {
  Tensors inputs;
  std::function<Tensor(const Tensors&)> fast;
  std::function<void(Tensor&, const Tensors&)> reference;
};

using MakeWork = std::function<Work(int64_t rows)>;

/// Random values in 64 rows, repeated: making random numbers takes longer than the ops.
Tensor filled(Shape shape, DType dtype, const Device& device, uint32_t seed) {
  Tensor tensor = Tensor::empty(shape, dtype, device);
  const Tensor seedling = test::random_tensor({4096}, dtype, device, seed);
  for (size_t at = 0; at < tensor.bytes(); at += seedling.bytes()) {
    const size_t bytes = std::min(seedling.bytes(), tensor.bytes() - at);
    std::memcpy(tensor.mutable_raw() + at, seedling.raw(), bytes);
  }
  return tensor;
}

double copy_bytes_per_second(const Device& device) {
  const Tensor from = filled({64 << 20}, DType::f32, device, 1);
  Tensor to = Tensor::zeros(from.shape(), DType::f32, device);
  std::byte* out = to.mutable_raw();
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    parallel_ranges(device.threads(), static_cast<int64_t>(from.bytes()), 1 << 20,
                    [&](int64_t begin, int64_t end) {
                      std::memcpy(out + begin, from.raw() + begin,
                                  static_cast<size_t>(end - begin));
                    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * static_cast<double>(from.bytes()) / took.count());
  }
  return best;
}

/// Bytes of the inputs and of the result.
double floor_bytes(const Work& work, const Tensor& result) {
  auto bytes = static_cast<double>(result.bytes());
  for (const Tensor& x : work.inputs) bytes += static_cast<double>(x.bytes());
  return bytes;
}

void require_right(const std::string& name, const MakeWork& make) {
  const Work work = make(4);
  const Tensor found = work.fast(work.inputs);
  Tensor expected = Tensor::empty(found.shape(), found.dtype(), found.device());
  work.reference(expected, work.inputs);
  const double distance = test::relative_l2(found, expected);
  check(distance < (found.dtype() == DType::f32 ? 1e-6 : 1e-3), name + " is wrong");
}

void add_benchmark(const std::string& name, int64_t rows, double copy_speed, const MakeWork& make) {
  benchmark::RegisterBenchmark(
      name.c_str(),
      [=](benchmark::State& state) {
        require_right(name, make);
        const Work work = make(rows);
        const double bytes = floor_bytes(work, work.fast(work.inputs));
        for (auto _ : state) benchmark::DoNotOptimize(work.fast(work.inputs).raw());
        state.counters["floor_GB"] = bytes * 1e-9;
        state.counters["floor_GB/s"] = benchmark::Counter(
            bytes * 1e-9 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
        state.counters["of_copy"] =
            benchmark::Counter(bytes / copy_speed * static_cast<double>(state.iterations()),
                               benchmark::Counter::kIsRate);
      })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

/// The joint sequence of a 1024 x 1024 picture, and what one block of the 3B model does with it.
void add_block_ops(DType type, const Device& device, double copy_speed) {
  constexpr int64_t kRows = 4352, kWidth = 2304, kHidden = 9216, kHeads = 24, kKeyHeads = 8,
                    kHeadWidth = 96;
  const auto random = [=](Shape shape, uint32_t seed) { return filled(shape, type, device, seed); };
  const auto add = [&](std::string name, const MakeWork& make) {
    add_benchmark(fmt::format("{}/{}", name, name_of(type)), kRows, copy_speed, make);
  };
  add("rms_norm 4352x2304", [=](int64_t rows) {
    return Work{{random({rows, kWidth}, 1), random({kWidth}, 2)},
                [](const Tensors& in) { return rms_norm(in[0], in[1], 1e-5f); },
                [](Tensor& y, const Tensors& in) {
                  reference::rms_norm(y, in[0], in[1], 1e-5f, RmsWeight::plain);
                }};
  });
  add("rms_norm_modulate 4352x2304", [=](int64_t rows) {
    const Packing one = Packing::of_lengths({rows});
    return Work{
        {random({rows, kWidth}, 1), random({kWidth}, 2), random({1, kWidth}, 3)},
        [=](const Tensors& in) { return rms_norm_modulate(in[0], in[1], 1e-5f, in[2], one); },
        [=](Tensor& y, const Tensors& in) {
          reference::rms_norm_modulate(y, in[0], in[1], 1e-5f, in[2], one);
        }};
  });
  add("add_gated_rms_norm 4352x2304", [=](int64_t rows) {
    const Packing one = Packing::of_lengths({rows});
    return Work{{random({rows, kWidth}, 1), random({rows, kWidth}, 2), random({kWidth}, 3),
                 random({1, kWidth}, 4)},
                [=](const Tensors& in) {
                  return add_gated_rms_norm(in[0], in[1], in[2], 1e-5f, in[3], one);
                },
                [=](Tensor& y, const Tensors& in) {
                  reference::add_gated_rms_norm(y, in[0], in[1], in[2], 1e-5f, in[3], one);
                }};
  });
  add("layer_norm_modulate 4352x2304", [=](int64_t rows) {
    const Packing one = Packing::of_lengths({rows});
    return Work{{random({rows, kWidth}, 1), random({1, kWidth}, 3)},
                [=](const Tensors& in) { return layer_norm_modulate(in[0], 1e-6f, in[1], one); },
                [=](Tensor& y, const Tensors& in) {
                  reference::layer_norm_modulate(y, in[0], 1e-6f, in[1], one);
                }};
  });
  add("split_heads_norm_rope 4352x3840", [=](int64_t rows) {
    std::vector<int32_t> positions(static_cast<size_t>(rows));
    for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<int32_t>(i);
    const RopeTable table = rope_line(positions, kHeadWidth, 10000.0f, 1.0f, device);
    const Work work{
        {random({rows, (kHeads + 2 * kKeyHeads) * kHeadWidth}, 1), random({kHeadWidth}, 2),
         random({kHeadWidth}, 3)},
        [=](const Tensors& in) {
          const Heads parts = split_heads_norm_rope(in[0], kHeads, kKeyHeads, in[1], in[2], 1e-6f,
                                                    table, RopeLayout::interleaved);
          return rows == 4
                     ? concat_rows({parts.q.view({-1}), parts.k.view({-1}), parts.v.view({-1})})
                     : parts.q;
        },
        [=](Tensor& y, const Tensors& in) {
          reference::split_heads_norm_rope(y, in[0], kHeads, kKeyHeads, in[1], in[2], 1e-6f, table,
                                           RopeLayout::interleaved);
        }};
    return work;
  });
  add("gated silu 4352x9216", [=](int64_t rows) {
    return Work{
        {random({rows, kHidden}, 1), random({rows, kHidden}, 2)},
        [](const Tensors& in) { return gated(in[0], in[1], Activation::silu); },
        [](Tensor& y, const Tensors& in) { reference::gated(y, in[0], in[1], Activation::silu); }};
  });
  add("activate gelu_tanh 4352x9216", [=](int64_t rows) {
    return Work{
        {random({rows, kHidden}, 1)},
        [](const Tensors& in) { return activate(in[0], Activation::gelu_tanh); },
        [](Tensor& y, const Tensors& in) { reference::activate(y, in[0], Activation::gelu_tanh); }};
  });
  add("add 4352x2304", [=](int64_t rows) {
    return Work{{random({rows, kWidth}, 1), random({rows, kWidth}, 2)},
                [](const Tensors& in) { return ops::add(in[0], in[1]); },
                [](Tensor& y, const Tensors& in) { reference::add(y, in[0], in[1]); }};
  });
  const DType other = type == DType::f32 ? DType::bf16 : DType::f32;
  add(fmt::format("cast to {} 4352x2304", name_of(other)), [=](int64_t rows) {
    return Work{{random({rows, kWidth}, 1)},
                [=](const Tensors& in) { return cast(in[0], other); },
                [=](Tensor& y, const Tensors& in) { reference::cast(y, in[0], other); }};
  });
}

/// The widest layers of the autoencoder's decoder for a 1024 x 1024 picture; a row is a pixel row.
void add_picture_ops(DType type, const Device& device, double copy_speed) {
  const auto random = [=](Shape shape, uint32_t seed) { return filled(shape, type, device, seed); };
  const auto named = [=](std::string name) { return fmt::format("{}/{}", name, name_of(type)); };
  for (int64_t channels : {128, 512}) {
    const int64_t side = channels == 128 ? 1024 : 256;
    add_benchmark(
        named(fmt::format("group_norm silu {0}x{0}x{1}", side, channels)), side, copy_speed,
        [=](int64_t rows) {
          return Work{
              {random({1, rows, side, channels}, 1), random({channels}, 2), random({channels}, 3)},
              [](const Tensors& in) {
                return group_norm(in[0], 32, in[1], in[2], 1e-6f, Activation::silu);
              },
              [](Tensor& y, const Tensors& in) {
                reference::group_norm(y, in[0], 32, in[1], in[2], 1e-6f, Activation::silu);
              }};
        });
  }
  add_benchmark(named("upsample_nearest_2x 256x256x512"), 256, copy_speed, [=](int64_t rows) {
    return Work{{random({1, rows, 256, 512}, 1)},
                [](const Tensors& in) { return upsample_nearest_2x(in[0]); },
                [](Tensor& y, const Tensors& in) { reference::upsample_nearest_2x(y, in[0]); }};
  });
}

}  // namespace
}  // namespace newbie::ops

int main(int argc, char** argv) {
  using namespace newbie;
  int threads = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--threads=", 10) == 0) threads = std::atoi(argv[i] + 10);
  }
  const Device device = Device::cpu(threads);
  const double copy_speed = ops::copy_bytes_per_second(device);
  benchmark::AddCustomContext("copy_GB/s", fmt::format("{:.1f}", copy_speed * 1e-9));
  benchmark::AddCustomContext("threads", fmt::format("{}", device.threads()));
  benchmark::AddCustomContext("kernels", ops::cpu::kernels().instruction_set);
  for (DType type : {DType::bf16, DType::f32}) {
    ops::add_block_ops(type, device, copy_speed);
    ops::add_picture_ops(type, device, copy_speed);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
