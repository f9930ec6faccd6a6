#include "ops/cpu/backward.h"
#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {
namespace {

/// body(first, count) for pieces of the elements of x.
template <class Body>
void for_pieces(const Tensor& x, const Body& body) {
  parallel_ranges(threads_for(x), x.numel(), kGrain,
                  [&](int64_t begin, int64_t end) { body(begin, end - begin); });
}

}  // namespace

void activate_backward(Tensor& dx, const Tensor& dy, const Tensor& x,
                       const Activation& activation) {
  const Output out(dx);
  for_pieces(x, [&](int64_t i, int64_t n) {
    kernels().activate_backward(element_of(x.dtype()), activation, address(dy, i), address(x, i),
                                out.at(i), n);
  });
}

void gated_backward(Tensor& d_gate, const Tensor& d_up, const Tensor& dy, const Tensor& gate,
                    const Tensor& up, const Activation& activation) {
  Tensor second = d_up;
  const Output to_gate(d_gate), to_up(second);
  for_pieces(dy, [&](int64_t i, int64_t n) {
    kernels().gated_backward(element_of(dy.dtype()), activation, address(dy, i), address(gate, i),
                             address(up, i), to_gate.at(i), to_up.at(i), n);
  });
}

void clamp_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const float& low,
                    const float& high) {
  const Output out(dx);
  const Element type = element_of(x.dtype());
  for_pieces(x, [&](int64_t i, int64_t n) {
    std::vector<float> slopes(static_cast<size_t>(n)), values(slopes);
    kernels().convert(type, address(dy, i), 1.0f, Element::f32, slopes.data(), n);
    kernels().convert(type, address(x, i), 1.0f, Element::f32, values.data(), n);
    for (size_t k = 0; k < values.size(); ++k) {
      if (!(values[k] >= low && values[k] <= high)) slopes[k] = 0;
    }
    kernels().convert(Element::f32, slopes.data(), 1.0f, type, out.at(i), n);
  });
}

void sum_rows(Tensor& y, const Tensor& x) {
  constexpr int64_t kPieces = 32, kLeast = 64;
  const int64_t width = y.numel(), rows = x.shape().rows();
  const int64_t grain = std::max(kLeast, (rows + kPieces - 1) / kPieces);
  const int64_t pieces = (rows + grain - 1) / grain;
  std::vector<double> sums(static_cast<size_t>(pieces * width));
  parallel_ranges(threads_for(x), rows, grain, [&](int64_t begin, int64_t end) {
    kernels().column_sums(
        {element_of(x.dtype()), address(x, begin * width), end - begin, width, width},
        sums.data() + begin / grain * width);
  });
  float* to = y.mutable_data<float>();
  for (int64_t d = 0; d < width; ++d) {
    double sum = 0;
    for (int64_t p = 0; p < pieces; ++p) sum += sums[static_cast<size_t>(p * width + d)];
    to[d] = static_cast<float>(sum);
  }
}

void add_to(Tensor& sum, const Tensor& part) {
  const Output out(sum);
  for_pieces(sum, [&](int64_t i, int64_t n) {
    kernels().add(element_of(sum.dtype()), out.at(i), address(part, i), out.at(i), n);
  });
}

}  // namespace newbie::ops::cpu
