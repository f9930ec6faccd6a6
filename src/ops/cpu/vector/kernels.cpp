#include "ops/cpu/vector/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <string_view>

namespace newbie::ops::cpu {
namespace {

#if defined(__x86_64__)
/// By hand, as clang 16 cannot be asked for it by name.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

const Kernels& choose() {
#if defined(__x86_64__)
  const char* asked = std::getenv("NEWBIE_MAX_ISA");
  const std::string_view most = asked ? asked : "";
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (most == "generic" || !avx2) return generic::kKernels;
  return most == "avx2" || !avx512 ? avx2::kKernels : avx512::kKernels;
#else
  return generic::kKernels;
#endif
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace newbie::ops::cpu
