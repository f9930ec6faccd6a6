#include "ops/cuda/libraries.h"
#include "tensor/cuda/context.h"

namespace newbie::ops::cuda {

Libraries& libraries_of(const Device& device) {
  newbie::cuda::Context& context = newbie::cuda::context_of(device);
  return context.part<Libraries>(context.index(), context.stream());
}

}  // namespace newbie::ops::cuda
