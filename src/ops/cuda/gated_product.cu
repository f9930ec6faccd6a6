/// A block makes 128 x 128 results from 128 rows of X and 128 rows of each weight: the two sums of
/// a result lie in one thread, so that the gate costs no memory. One warp feeds four stages of
/// shared memory through the copy engine; two warpgroups multiply 64 rows each. Two blocks of a
/// cluster stand on neighbouring rows and share their weights, each fetching one of the two for
/// both. Blocks stay and walk over the tiles in bands, so that the cache holds what a wave reads.
#include <cuda.h>
#include <cudaTypedefs.h>

#include <algorithm>

#include "ops/cuda/gated_product.h"
#include "ops/cuda/hopper.h"
#include "ops/cuda/memory_access.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kRows = 128;      // of X in a block
constexpr int kColumns = 128;   // results in a row of a block: rows of each weight
constexpr int kRowBytes = 128;  // of a stage: one swizzled row
constexpr int kStages = 4;
constexpr int kBlocks = 2;  // of a cluster
constexpr int kBand = 16;   // clusters of rows that are walked together
constexpr int kMultipliers = 2;
constexpr int kWarpgroup = 128;
constexpr int kThreads = kWarpgroup * (1 + kMultipliers);
constexpr int kOutBytes = 2;  // of a result
/// Elements of T in a row of a stage.
template <class T>
inline constexpr int kDepth = kRowBytes / int{sizeof(T)};

struct Stage {
  char x[kRows * kRowBytes];
  char weights[2][kColumns * kRowBytes];  // gate, then up: 256 rows to the tensor cores
};

/// 64 columns of 64 rows as the copy engine stores them.
struct Half {
  char bytes[64 * 64 * kOutBytes];
};

struct Shared {
  Stage stages[kStages];
  Half results[kMultipliers][kColumns / 64];
  float2 scales[kMultipliers][kColumns];  // of codes: of the gate and of the other
  hopper::Barrier full[kStages], empty[kStages];
};

constexpr size_t kSwizzleAlignment = 1024;
/// A block's memory begins at a multiple of 128.
constexpr size_t kSharedBytes = sizeof(Shared) + kSwizzleAlignment - 128;

struct Maps {
  CUtensorMap x, weights[2], y;
};

/// Where the tiles of a launch lie: clusters of rows by columns.
struct Tiles {
  int rows, columns, steps;  // steps of depth

  __device__ int count() const { return rows * columns; }
  __device__ void find(int index, int& row, int& column) const {
    const int band = index / (kBand * columns);
    const int height = min(kBand, rows - band * kBand);
    const int inside = index - band * kBand * columns;
    row = band * kBand + inside % height;
    column = inside / height;
  }
};

/// Of codes: what their sums are multiplied with.
struct Scales {
  const float* x;
  const float* gate;
  const float* up;
  int rows, columns;

  __device__ float of_row(int row) const { return row < rows ? x[row] : 0.0f; }
  __device__ float2 of_column(int column) const {
    return column < columns ? float2{gate[column], up[column]} : float2{0.0f, 0.0f};
  }
};

template <class In>
inline constexpr bool kScaled = sizeof(In) == 1;

/// Which stage comes next, and how often all have been used.
struct Turn {
  int stage = 0;
  uint32_t parity = 0;

  __device__ void advance() {
    if (++stage < kStages) return;
    stage = 0;
    parity ^= 1;
  }
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

/// One thread: keeps the stages full.
template <class In>
__device__ void feed(Shared& shared, const Maps& maps, const Tiles& tiles, int first, int step) {
  const auto self = static_cast<int>(hopper::block_in_cluster());
  constexpr uint16_t kBoth = 0b11;
  Turn turn;
  for (int index = first; index < tiles.count(); index += step) {
    int row, column;
    tiles.find(index, row, column);
    const int x_row = (row * kBlocks + self) * kRows, w_row = column * kColumns;
    for (int k = 0; k < tiles.steps; ++k, turn.advance()) {
      Stage& stage = shared.stages[turn.stage];
      hopper::Barrier& full = shared.full[turn.stage];
      shared.empty[turn.stage].wait(turn.parity ^ 1);
      full.expect(sizeof(Stage));
      hopper::load_tile(stage.x, &maps.x, full, k * kDepth<In>, x_row);
      hopper::load_tile_for(kBoth, stage.weights[self], &maps.weights[self], full, k * kDepth<In>,
                            w_row);
    }
  }
}

/// A warpgroup: multiplies its 64 rows, gates and stores them.
template <class In, class Out, Activation kActivation>
__device__ void multiply(Shared& shared, const Maps& maps, const Tiles& tiles, const Scales& scales,
                         int first, int step, int self, int thread) {
  const auto block = static_cast<int>(hopper::block_in_cluster());
  const int lane = thread % 32, local_row = thread / 32 * 16 + lane / 4;
  // Two threads let go of a stage: one in each block of the cluster.
  const auto release = [&](int stage) {
    if (thread < kBlocks) shared.empty[stage].arrive_in(static_cast<uint32_t>(thread));
  };
  Turn turn;
  for (int index = first; index < tiles.count(); index += step) {
    int row, column;
    tiles.find(index, row, column);
    const int first_row = (row * kBlocks + block) * kRows + self * 64;
    // Asked for here, they are there when the sums are.
    float2 of_column{1.0f, 1.0f};
    float of_row[2] = {1.0f, 1.0f};
    if constexpr (kScaled<In>) {
      of_column = scales.of_column(column * kColumns + thread);
      for (int i = 0; i < 2; ++i) of_row[i] = scales.of_row(first_row + local_row + 8 * i);
    }
    float sums[128];
    int before = 0;
    for (int k = 0; k < tiles.steps; ++k) {
      const Stage& stage = shared.stages[turn.stage];
      shared.full[turn.stage].wait(turn.parity);
      const uint64_t x = hopper::tile_of(stage.x + self * 64 * kRowBytes);
      const uint64_t w = hopper::tile_of(stage.weights);
      hopper::product_fence();
#pragma unroll
      for (int part = 0; part < kRowBytes / 32; ++part) {
        hopper::product_64x256<In>(sums, x + 2 * part, w + 2 * part, k > 0 || part > 0);
      }
      hopper::product_commit();
      hopper::product_wait<1>();
      if (k > 0) release(before);
      before = turn.stage;
      turn.advance();
    }
    hopper::product_wait<0>();
    release(before);

    if constexpr (kScaled<In>) shared.scales[self][thread] = of_column;
    if (thread == 0) hopper::wait_stores_read();
    hopper::named_sync(1 + self, kWarpgroup);
#pragma unroll
    for (int j = 0; j < kColumns / 8; ++j) {
      char* half = shared.results[self][j / 8].bytes;
      const float2* of_columns = shared.scales[self] + 8 * j + 2 * (lane % 4);
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        Pack<Out, 2> two;
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          const int at = 4 * j + 2 * i + c;
          float gate = sums[at], up = sums[64 + at];
          if constexpr (kScaled<In>) {
            gate *= of_row[i] * of_columns[c].x;
            up *= of_row[i] * of_columns[c].y;
          }
          two.value[c] = narrow<Out>(activated_in<Out, kActivation>(gate) * up);
        }
        const int r = local_row + 8 * i;
        *reinterpret_cast<Pack<Out, 2>*>(half + r * 128 + ((j % 8) ^ (r % 8)) * 16 + lane % 4 * 4) =
            two;
      }
    }
    hopper::fence_for_copies();
    hopper::named_sync(1 + self, kWarpgroup);
    if (thread == 0) {
      for (int half = 0; half < kColumns / 64; ++half) {
        hopper::store_tile(&maps.y, shared.results[self][half].bytes, column * kColumns + half * 64,
                           first_row);
      }
      hopper::commit_stores();
    }
  }
  if (thread == 0) hopper::wait_stores();
}

#endif

template <class In, class Out, Activation kActivation>
__global__ void __cluster_dims__(kBlocks, 1, 1) __launch_bounds__(kThreads, 1)
    gated_kernel(const __grid_constant__ Maps maps, Tiles tiles, Scales scales) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  extern __shared__ char memory[];
  const auto base = reinterpret_cast<uintptr_t>(memory);
  Shared& shared = *reinterpret_cast<Shared*>((base + kSwizzleAlignment - 1) / kSwizzleAlignment *
                                              kSwizzleAlignment);
  if (threadIdx.x == 0) {
    for (int s = 0; s < kStages; ++s) {
      shared.full[s].init(1);
      shared.empty[s].init(kBlocks * kMultipliers);
    }
    hopper::fence_barriers();
  }
  hopper::cluster_sync();

  const int first = static_cast<int>(blockIdx.x) / kBlocks;
  const int step = static_cast<int>(gridDim.x) / kBlocks;
  const int warpgroup = static_cast<int>(threadIdx.x) / kWarpgroup;
  if (warpgroup == 0) {
    hopper::give_registers<40>();
    if (threadIdx.x == 0) feed<In>(shared, maps, tiles, first, step);
  } else {
    hopper::take_registers<232>();
    multiply<In, Out, kActivation>(shared, maps, tiles, scales, first, step, warpgroup - 1,
                                   static_cast<int>(threadIdx.x) % kWarpgroup);
  }
  // A block's barriers and stages must outlive what its neighbour does to them.
  hopper::cluster_sync();
#endif
}

using Encode = PFN_cuTensorMapEncodeTiled_v12000;

/// The driver's function, found without linking the driver.
Encode encoder() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  check_cuda(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000,
                                              cudaEnableDefault, &found),
             "asking the driver for its copy engine");
  return reinterpret_cast<Encode>(function);
}

/// What a device keeps: the encoder, and kernels that may use all shared memory.
struct Engine {
  Encode encode = encoder();

  template <class In, class Out, Activation kActivation>
  auto kernel() {
    static_assert(kSharedBytes <= 227 * 1024);
    const auto function = gated_kernel<In, Out, kActivation>;
    check_cuda(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(kSharedBytes)),
               "giving a kernel its shared memory");
    return function;
  }

  /// Boxes of 128 bytes by `box_rows` rows of a dense matrix.
  CUtensorMap map(DType type, const void* data, int64_t rows, int64_t columns, int box_rows) const {
    CUtensorMap made;
    const auto bytes = static_cast<cuuint64_t>(size_of(type));
    const cuuint64_t sizes[] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)};
    const cuuint64_t strides[] = {static_cast<cuuint64_t>(columns) * bytes};
    const cuuint32_t box[] = {static_cast<cuuint32_t>(kRowBytes / bytes),
                              static_cast<cuuint32_t>(box_rows)};
    const cuuint32_t steps[] = {1, 1};
    const auto element = type == DType::f8_e4m3 ? CU_TENSOR_MAP_DATA_TYPE_UINT8
                         : type == DType::f16   ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16
                                                : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
    const CUresult status =
        encode(&made, element, 2, const_cast<void*>(data), sizes, strides, box, steps,
               CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
               CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    check(status == CUDA_SUCCESS, "the driver refuses to describe a matrix");
    return made;
  }
};

}  // namespace

std::string gated_product_declines(int capability, const GatedShape& shape,
                                   const GatedOperands& operands) {
#if NEWBIE_CUDA_HOPPER
  if (capability != 90) return "the kernel is for Hopper";
#else
  static_cast<void>(capability);
  return "built without Hopper's own instructions";
#endif
  const auto size = static_cast<int64_t>(size_of(shape.type));
  if (size > kOutBytes) return "neither bf16 nor f16 nor f8";
  if (shape.depth * size % 16 != 0 || shape.columns % 8 != 0) return "rows of parts of 16 bytes";
  if (!aligned({operands.x, operands.gate, operands.up, operands.y})) return "unaligned addresses";
  return "";
}

void gated_product(Libraries& libraries, const GatedShape& shape, const GatedOperands& operands,
                   Activation activation) {
  check(activation == Activation::silu || activation == Activation::gelu_tanh,
        "gated_product: silu or gelu_tanh");
  Engine& engine = libraries.part<Engine>();
  const DType of_results = shape.type == DType::f8_e4m3 ? DType::bf16 : shape.type;
  const Maps maps{engine.map(shape.type, operands.x, shape.rows, shape.depth, kRows),
                  {engine.map(shape.type, operands.gate, shape.columns, shape.depth, kColumns),
                   engine.map(shape.type, operands.up, shape.columns, shape.depth, kColumns)},
                  engine.map(of_results, operands.y, shape.rows, shape.columns, 64)};
  const Scales scales{operands.x_scales, operands.gate_scales, operands.up_scales,
                      static_cast<int>(shape.rows), static_cast<int>(shape.columns)};
  const Tiles tiles{static_cast<int>(divided_up(shape.rows, kRows * kBlocks)),
                    static_cast<int>(divided_up(shape.columns, kColumns)),
                    static_cast<int>(divided_up(
                        shape.depth * static_cast<int64_t>(size_of(shape.type)), kRowBytes))};
  const int clusters = std::min(libraries.processors() / kBlocks, tiles.rows * tiles.columns);
  const auto run = [&](auto kernel) {
    kernel<<<static_cast<unsigned>(clusters * kBlocks), kThreads, kSharedBytes,
             libraries.stream()>>>(maps, tiles, scales);
  };
  const auto run_in = [&]<class In, class Out>(In, Out) {
    if (activation == Activation::silu) {
      run(engine.kernel<In, Out, Activation::silu>());
    } else {
      run(engine.kernel<In, Out, Activation::gelu_tanh>());
    }
  };
  if (shape.type == DType::f8_e4m3) {
    run_in(__nv_fp8_e4m3{}, __nv_bfloat16{});
  } else if (shape.type == DType::f16) {
    run_in(__half{}, __half{});
  } else {
    run_in(__nv_bfloat16{}, __nv_bfloat16{});
  }
  check_launch("a gated product");
}

}  // namespace newbie::ops::cuda
