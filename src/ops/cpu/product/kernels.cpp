#include "ops/cpu/product/kernels.h"

#include <cstdlib>
#include <string_view>

namespace newbie::ops::cpu {

const ProductKernels& product_kernels() {
#if defined(__x86_64__)
  const std::string_view chosen = kernels().instruction_set;
  if (chosen == "avx512") return avx512::kProductKernels;
  if (chosen == "avx2") return avx2::kProductKernels;
#endif
  return generic::kProductKernels;
}

const ProductKernels* bf16_product_kernels() {
#if defined(__x86_64__)
  const char* most = std::getenv("NEWBIE_MAX_ISA");
  const bool held_back = most && std::string_view(most) == "avx512";
  if (std::string_view(kernels().instruction_set) == "avx512" && !held_back &&
      __builtin_cpu_supports("avx512bf16")) {
    return &avx512bf16::kProductKernels;
  }
#endif
  return nullptr;
}

}  // namespace newbie::ops::cpu
