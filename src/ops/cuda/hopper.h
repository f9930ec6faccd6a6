#pragma once
/// Hopper's own instructions, as functions: barriers that count bytes, copies of tiles by the bulk
/// engine, and products by a warpgroup. Compiled for sm_90a only.

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

struct CUtensorMap_st;

namespace newbie::ops::cuda::hopper {

__device__ inline uint32_t shared_address(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

/// A barrier in shared memory.
struct Barrier {
  uint64_t state;

  __device__ void init(uint32_t arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(&state)),
                 "r"(arrivals));
  }
  /// Arrives and announces bytes that copies will bring.
  __device__ void expect(uint32_t bytes) {
    asm volatile(
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&state)),
        "r"(bytes)
        : "memory");
  }
  /// Arrives at the barrier of the same name in a block of the cluster.
  __device__ void arrive_in(uint32_t block) {
    asm volatile(
        "{\n.reg .b32 there;\n"
        "mapa.shared::cluster.u32 there, %0, %1;\n"
        "mbarrier.arrive.shared::cluster.b64 _, [there];\n}" ::"r"(shared_address(&state)),
        "r"(block)
        : "memory");
  }
  /// Returns once the phase of this parity is over.
  __device__ void wait(uint32_t parity) {
    asm volatile(
        "{\n.reg .pred done;\n"
        "again:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@done bra over;\n"
        "bra again;\n"
        "over:\n}" ::"r"(shared_address(&state)),
        "r"(parity)
        : "memory");
  }
};

__device__ inline void fence_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
/// What this thread wrote to shared memory is seen by the copy engine.
__device__ inline void fence_for_copies() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ inline void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::
                   : "memory");
}
__device__ inline uint32_t block_in_cluster() {
  uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
/// A barrier among `threads` threads of a block; names 1 to 15.
__device__ inline void named_sync(int name, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(name), "r"(threads) : "memory");
}

/// A tile of a matrix to shared memory; its bytes are counted at `barrier`.
__device__ inline void load_tile(void* to, const CUtensorMap_st* map, Barrier& barrier, int column,
                                 int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%3, %4}], [%2];" ::"r"(shared_address(to)),
      "l"(map), "r"(shared_address(&barrier.state)), "r"(column), "r"(row)
      : "memory");
}
/// The same, to the same place in every block of the cluster that `blocks` names.
__device__ inline void load_tile_for(uint16_t blocks, void* to, const CUtensorMap_st* map,
                                     Barrier& barrier, int column, int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
      ".multicast::cluster [%0], [%1, {%3, %4}], [%2], %5;" ::"r"(shared_address(to)),
      "l"(map), "r"(shared_address(&barrier.state)), "r"(column), "r"(row), "h"(blocks)
      : "memory");
}
/// A tile from shared memory to a matrix; what lies outside of the matrix is dropped.
__device__ inline void store_tile(const CUtensorMap_st* map, const void* from, int column,
                                  int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%2, %3}], [%1];" ::"l"(map),
      "r"(shared_address(from)), "r"(column), "r"(row)
      : "memory");
}
__device__ inline void commit_stores() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
/// Shared memory that was stored from may be written again.
__device__ inline void wait_stores_read() {
  asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}
__device__ inline void wait_stores() { asm volatile("cp.async.bulk.wait_group 0;" ::: "memory"); }

template <int kRegisters>
__device__ inline void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
__device__ inline void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

__device__ inline void product_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void product_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
/// At most kPending products are still under way.
template <int kPending>
__device__ inline void product_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

/// How the tensor cores find a tile whose rows are 128 bytes, swizzled by the copy engine. Adding
/// n to it goes 16 n bytes along the rows.
__device__ inline uint64_t tile_of(const void* shared) {
  constexpr uint64_t kSwizzle128 = uint64_t{1} << 62;
  constexpr uint64_t kRowGroup = uint64_t{1024 >> 4} << 32;  // 8 rows
  return kSwizzle128 | kRowGroup | uint64_t{1} << 16 |
         static_cast<uint64_t>((shared_address(shared) & 0x3FFFF) >> 4);
}

// clang-format off
#define NEWBIE_PRODUCT_64x256(types)                                                             \
  asm volatile(                                                                                  \
      "{\n.reg .pred adds;\nsetp.ne.b32 adds, %130, 0;\n"                                        \
      "wgmma.mma_async.sync.aligned.m64n256k16.f32." types " {"                                  \
      "%0, %1, %2, %3, %4, %5, %6, %7,"                                                          \
      "%8, %9, %10, %11, %12, %13, %14, %15,"                                                    \
      "%16, %17, %18, %19, %20, %21, %22, %23,"                                                  \
      "%24, %25, %26, %27, %28, %29, %30, %31,"                                                  \
      "%32, %33, %34, %35, %36, %37, %38, %39,"                                                  \
      "%40, %41, %42, %43, %44, %45, %46, %47,"                                                  \
      "%48, %49, %50, %51, %52, %53, %54, %55,"                                                  \
      "%56, %57, %58, %59, %60, %61, %62, %63,"                                                  \
      "%64, %65, %66, %67, %68, %69, %70, %71,"                                                  \
      "%72, %73, %74, %75, %76, %77, %78, %79,"                                                  \
      "%80, %81, %82, %83, %84, %85, %86, %87,"                                                  \
      "%88, %89, %90, %91, %92, %93, %94, %95,"                                                  \
      "%96, %97, %98, %99, %100, %101, %102, %103,"                                              \
      "%104, %105, %106, %107, %108, %109, %110, %111,"                                          \
      "%112, %113, %114, %115, %116, %117, %118, %119,"                                          \
      "%120, %121, %122, %123, %124, %125, %126, %127"                                           \
      "}, %128, %129, adds, 1, 1, 0, 0;\n}"                                                      \
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]),                                          \
        "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]),                                          \
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]),                                        \
        "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),                                      \
        "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]),                                      \
        "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]),                                      \
        "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]),                                      \
        "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]),                                      \
        "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]),                                      \
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]),                                      \
        "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]),                                      \
        "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]),                                      \
        "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]),                                      \
        "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]),                                      \
        "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]),                                      \
        "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]),                                      \
        "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]),                                      \
        "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), "+f"(d[71]),                                      \
        "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]),                                      \
        "+f"(d[76]), "+f"(d[77]), "+f"(d[78]), "+f"(d[79]),                                      \
        "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]),                                      \
        "+f"(d[84]), "+f"(d[85]), "+f"(d[86]), "+f"(d[87]),                                      \
        "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]),                                      \
        "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95]),                                      \
        "+f"(d[96]), "+f"(d[97]), "+f"(d[98]), "+f"(d[99]),                                      \
        "+f"(d[100]), "+f"(d[101]), "+f"(d[102]), "+f"(d[103]),                                  \
        "+f"(d[104]), "+f"(d[105]), "+f"(d[106]), "+f"(d[107]),                                  \
        "+f"(d[108]), "+f"(d[109]), "+f"(d[110]), "+f"(d[111]),                                  \
        "+f"(d[112]), "+f"(d[113]), "+f"(d[114]), "+f"(d[115]),                                  \
        "+f"(d[116]), "+f"(d[117]), "+f"(d[118]), "+f"(d[119]),                                  \
        "+f"(d[120]), "+f"(d[121]), "+f"(d[122]), "+f"(d[123]),                                  \
        "+f"(d[124]), "+f"(d[125]), "+f"(d[126]), "+f"(d[127])                                   \
      : "l"(a), "l"(b), "r"(adds ? 1 : 0))

/// d (+)= a b^T for 64 rows of a and 256 of b over 32 bytes of depth, by one warpgroup. Thread t of
/// it holds rows 16 (t / 32) + t % 32 / 4 + 8 i and columns 8 j + 2 (t % 4) + c in d[4 j + 2 i + c].
template <class T>
__device__ inline void product_64x256(float (&d)[128], uint64_t a, uint64_t b, bool adds);
template <>
__device__ inline void product_64x256<__nv_bfloat16>(float (&d)[128], uint64_t a, uint64_t b,
                                                     bool adds) {
  NEWBIE_PRODUCT_64x256("bf16.bf16");
}
template <>
__device__ inline void product_64x256<__half>(float (&d)[128], uint64_t a, uint64_t b, bool adds) {
  NEWBIE_PRODUCT_64x256("f16.f16");
}
#undef NEWBIE_PRODUCT_64x256
// clang-format on

}  // namespace newbie::ops::cuda::hopper
