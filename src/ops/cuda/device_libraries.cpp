#include <fmt/format.h>

#include "ops/cuda/libraries.h"
#include "ops/cuda/matmul.h"
#include "tensor/cuda/context.h"

namespace newbie::ops::cuda {

Libraries& libraries_of(const Device& device) {
  newbie::cuda::Context& context = newbie::cuda::context_of(device);
  return context.part<Libraries>(context.index(), context.stream(), *context.allocator);
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  const size_t blas = cublasLtGetVersion(), dnn = cudnnGetVersion();
  return {{"cuBLASLt", fmt::format("{}.{}.{}", blas / 10000, blas / 100 % 100, blas % 100)},
          {"cuDNN", fmt::format("{}.{}.{}", dnn / 10000, dnn / 100 % 100, dnn % 100)}};
}

void start(const Device& device) {
  Libraries& libraries = libraries_of(device);
  libraries.library_scratch();
  libraries.blas();
  libraries.dnn();
}

}  // namespace newbie::ops::cuda
