#include "ops/cuda/libraries.h"
#include "ops/cuda/matmul.h"
#include "tensor/cuda/context.h"

namespace newbie::ops::cuda {

Libraries& libraries_of(const Device& device) {
  newbie::cuda::Context& context = newbie::cuda::context_of(device);
  return context.part<Libraries>(context.index(), context.stream(), *context.allocator);
}

void start(const Device& device) {
  Libraries& libraries = libraries_of(device);
  libraries.library_scratch();
  libraries.blas();
  libraries.dnn();
}

}  // namespace newbie::ops::cuda
