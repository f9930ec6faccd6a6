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

constexpr int kRows = 128;     // of X in a block
constexpr int kColumns = 128;  // results in a row of a block: rows of each weight
constexpr int kDepth = 64;     // of a stage: 128 bytes, one swizzled row
constexpr int kStages = 4;
constexpr int kBlocks = 2;  // of a cluster
constexpr int kBand = 16;   // clusters of rows that are walked together
constexpr int kMultipliers = 2;
constexpr int kWarpgroup = 128;
constexpr int kThreads = kWarpgroup * (1 + kMultipliers);
constexpr int kBytes = 2;  // of an element

struct Stage {
  char x[kRows * kDepth * kBytes];
  char weights[2][kColumns * kDepth * kBytes];  // gate, then up: 256 rows to the tensor cores
};

/// 64 columns of 64 rows as the copy engine stores them.
struct Half {
  char bytes[64 * 64 * kBytes];
};

struct Shared {
  Stage stages[kStages];
  Half results[kMultipliers][kColumns / 64];
  hopper::Barrier full[kStages], empty[kStages];
};

constexpr size_t kSwizzleAlignment = 1024;
constexpr size_t kSharedBytes = sizeof(Shared) + kSwizzleAlignment;

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
      hopper::load_tile(stage.x, &maps.x, full, k * kDepth, x_row);
      hopper::load_tile_for(kBoth, stage.weights[self], &maps.weights[self], full, k * kDepth,
                            w_row);
    }
  }
}

/// A warpgroup: multiplies its 64 rows, gates and stores them.
template <class T, Activation kActivation>
__device__ void multiply(Shared& shared, const Maps& maps, const Tiles& tiles, int first, int step,
                         int self, int thread) {
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
    float sums[128];
    int before = 0;
    for (int k = 0; k < tiles.steps; ++k) {
      const Stage& stage = shared.stages[turn.stage];
      shared.full[turn.stage].wait(turn.parity);
      const uint64_t x = hopper::tile_of(stage.x + self * 64 * kDepth * kBytes);
      const uint64_t w = hopper::tile_of(stage.weights);
      hopper::product_fence();
#pragma unroll
      for (int part = 0; part < kDepth / 16; ++part) {
        hopper::product_64x256<T>(sums, x + 2 * part, w + 2 * part, k > 0 || part > 0);
      }
      hopper::product_commit();
      hopper::product_wait<1>();
      if (k > 0) release(before);
      before = turn.stage;
      turn.advance();
    }
    hopper::product_wait<0>();
    release(before);

    if (thread == 0) hopper::wait_stores_read();
    hopper::named_sync(1 + self, kWarpgroup);
#pragma unroll
    for (int j = 0; j < kColumns / 8; ++j) {
      char* half = shared.results[self][j / 8].bytes;
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        Pack<T, 2> two;
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          const int at = 4 * j + 2 * i + c;
          two.value[c] = narrow<T>(activated_in<T, kActivation>(sums[at]) * sums[64 + at]);
        }
        const int r = local_row + 8 * i;
        *reinterpret_cast<Pack<T, 2>*>(half + r * 128 + ((j % 8) ^ (r % 8)) * 16 + lane % 4 * 4) =
            two;
      }
    }
    hopper::fence_for_copies();
    hopper::named_sync(1 + self, kWarpgroup);
    if (thread == 0) {
      const int y_row = (row * kBlocks + block) * kRows + self * 64;
      for (int half = 0; half < kColumns / 64; ++half) {
        hopper::store_tile(&maps.y, shared.results[self][half].bytes, column * kColumns + half * 64,
                           y_row);
      }
      hopper::commit_stores();
    }
  }
  if (thread == 0) hopper::wait_stores();
}

#endif

template <class T, Activation kActivation>
__global__ void __cluster_dims__(kBlocks, 1, 1) __launch_bounds__(kThreads, 1)
    gated_kernel(const __grid_constant__ Maps maps, Tiles tiles) {
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
    if (threadIdx.x == 0) feed(shared, maps, tiles, first, step);
  } else {
    hopper::take_registers<232>();
    multiply<T, kActivation>(shared, maps, tiles, first, step, warpgroup - 1,
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

  template <class T, Activation kActivation>
  auto kernel() {
    static_assert(kSharedBytes <= 227 * 1024);
    const auto function = gated_kernel<T, kActivation>;
    check_cuda(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(kSharedBytes)),
               "giving a kernel its shared memory");
    return function;
  }

  /// Boxes of 64 columns of a dense matrix.
  CUtensorMap map(DType type, const void* data, int64_t rows, int64_t columns, int box_rows) const {
    CUtensorMap made;
    const cuuint64_t sizes[] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)};
    const cuuint64_t strides[] = {static_cast<cuuint64_t>(columns) * kBytes};
    const cuuint32_t box[] = {64, static_cast<cuuint32_t>(box_rows)}, steps[] = {1, 1};
    const auto element =
        type == DType::f16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
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
  if (shape.type != DType::bf16 && shape.type != DType::f16) return "neither bf16 nor f16";
  if (shape.depth % 8 != 0 || shape.columns % 8 != 0) return "rows that are not whole 16 bytes";
  if (!aligned({operands.x, operands.gate, operands.up, operands.y})) return "unaligned addresses";
  return "";
}

void gated_product(Libraries& libraries, const GatedShape& shape, const GatedOperands& operands,
                   Activation activation) {
  check(activation == Activation::silu || activation == Activation::gelu_tanh,
        "gated_product: silu or gelu_tanh");
  Engine& engine = libraries.part<Engine>();
  const Maps maps{engine.map(shape.type, operands.x, shape.rows, shape.depth, kRows),
                  {engine.map(shape.type, operands.gate, shape.columns, shape.depth, kColumns),
                   engine.map(shape.type, operands.up, shape.columns, shape.depth, kColumns)},
                  engine.map(shape.type, operands.y, shape.rows, shape.columns, 64)};
  const Tiles tiles{static_cast<int>(divided_up(shape.rows, kRows * kBlocks)),
                    static_cast<int>(divided_up(shape.columns, kColumns)),
                    static_cast<int>(divided_up(shape.depth, kDepth))};
  const int clusters = std::min(libraries.processors() / kBlocks, tiles.rows * tiles.columns);
  const auto run = [&](auto kernel) {
    kernel<<<static_cast<unsigned>(clusters * kBlocks), kThreads, kSharedBytes,
             libraries.stream()>>>(maps, tiles);
  };
  const auto run_in = [&]<class T>(T) {
    if (activation == Activation::silu) {
      run(engine.kernel<T, Activation::silu>());
    } else {
      run(engine.kernel<T, Activation::gelu_tanh>());
    }
  };
  if (shape.type == DType::f16) {
    run_in(__half{});
  } else {
    run_in(__nv_bfloat16{});
  }
  check_launch("a gated product");
}

}  // namespace newbie::ops::cuda
