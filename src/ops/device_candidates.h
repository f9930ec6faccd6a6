#pragma once
/// What lists of candidates are written with. A list ends with what an NVIDIA device has, so that
/// it reads the same in a build without:
///
///   {{"cpu", kCpu, declines_doubles, cpu::add},
///    {"reference", kCpu, accepts_all, reference::add},
///    NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::add})}

#include "ops/candidates.h"

#if NEWBIE_CUDA
#define NEWBIE_ON_CUDA(...) __VA_ARGS__
#else
#define NEWBIE_ON_CUDA(...)
#endif

namespace newbie::ops {

inline constexpr DeviceKind kCpu = DeviceKind::cpu;
inline constexpr DeviceKind kCuda = DeviceKind::cuda;
/// Behind a candidate that takes memory beside its result.
inline constexpr bool kTakesMemory = true;

}  // namespace newbie::ops
