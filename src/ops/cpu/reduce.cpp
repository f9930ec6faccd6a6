#include "ops/cpu/reduce.h"

#include <algorithm>
#include <cmath>

#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {
namespace {

int64_t pieces_of(int64_t count) { return (count + kGrain - 1) / kGrain; }

}  // namespace

void mean_rows(Tensor& y, const Tensor& x, const Packing& sequences) {
  constexpr int64_t kColumns = 256;
  const int64_t width = x.dim(1), blocks = (width + kColumns - 1) / kColumns;
  const Output out(y);
  const Element type = element_of(x.dtype());
  parallel_for(threads_for(x), sequences.count() * blocks, [&](int64_t piece) {
    const int64_t b = piece / blocks, first = piece % blocks * kColumns;
    const int64_t columns = std::min(kColumns, width - first), rows = sequences.length(b);
    double sums[kColumns] = {};
    const std::byte* from = address(x, sequences.begin(b) * width + first);
    kernels().column_sums({type, from, rows, columns, width}, sums);
    float means[kColumns];
    for (int64_t c = 0; c < columns; ++c) {
      means[c] = static_cast<float>(sums[c] / static_cast<double>(rows));
    }
    kernels().convert(Element::f32, means, 1.0f, type, out.at(b * width + first), columns);
  });
}

void norms(Tensor& y, const Tensor& x) {
  const int64_t items = y.numel(), each = items == 0 ? 0 : x.numel() / items;
  const int64_t pieces = pieces_of(each);
  const Element type = element_of(x.dtype());
  std::vector<double> sums(static_cast<size_t>(items * pieces));
  parallel_for(threads_for(x), items * pieces, [&](int64_t piece) {
    const int64_t begin = piece % pieces * kGrain;
    const int64_t count = std::min(kGrain, each - begin);
    sums[static_cast<size_t>(piece)] =
        kernels().sum_of_squares(type, address(x, piece / pieces * each + begin), count);
  });
  double* norm = y.mutable_data<double>();
  for (int64_t b = 0; b < items; ++b) {
    double sum = 0;
    for (int64_t p = 0; p < pieces; ++p) sum += sums[static_cast<size_t>(b * pieces + p)];
    norm[b] = std::sqrt(sum);
  }
}

void first_non_finite(Tensor& y, const Tensor& x) {
  const Element type = element_of(x.dtype());
  std::vector<int64_t> found(static_cast<size_t>(pieces_of(x.numel())), -1);
  parallel_ranges(threads_for(x), x.numel(), kGrain, [&](int64_t begin, int64_t end) {
    const int64_t index = kernels().first_non_finite(type, address(x, begin), end - begin);
    if (index >= 0) found[static_cast<size_t>(begin / kGrain)] = begin + index;
  });
  const auto first = std::ranges::find_if(found, [](int64_t index) { return index >= 0; });
  *y.mutable_data<int64_t>() = first == found.end() ? -1 : *first;
}

}  // namespace newbie::ops::cpu
