#include "ops/cpu/onto.h"

#include "ops/backward/matmul.h"
#include "ops/candidate_lists.h"

namespace newbie::ops::cpu {
namespace {

void add(Tensor& out, const Tensor& sum, const Tensor& part) {
  run_candidates("add", add_candidates(), out, sum, part);
}

}  // namespace

void linear_onto(Tensor& out, const Tensor& sum, const Tensor& x, const LinearWeights& weights) {
  add(out, sum, linear(x, weights));
}

void linear_input_gradient_onto(Tensor& dx, const Tensor& sum, const Tensor& dy,
                                const LinearWeights& weights) {
  add(dx, sum, linear_input_gradient(dy, weights));
}

}  // namespace newbie::ops::cpu
