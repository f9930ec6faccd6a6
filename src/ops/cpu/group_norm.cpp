#include <algorithm>
#include <cmath>

#include "ops/cpu/norm.h"
#include "ops/cpu/pieces.h"

// Channels lie side by side, so a group's elements are spread over the whole image. Pass one takes
// pieces of pixels: sums, then squared distances from the piece's own mean while the piece is in
// the cache; the pieces are joined in order. Pass two applies one mean, scale and bias per channel.
// Memory is read twice and written once.

namespace newbie::ops::cpu {
namespace {

/// Count, mean and sum of squared distances from it.
struct Spread {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void join(const Spread& other) {
    const double total = count + other.count;
    const double distance = other.mean - mean;
    squares += other.squares + distance * distance * count * other.count / total;
    mean += distance * other.count / total;
    count = total;
  }
};

/// Sum of every group's columns.
std::vector<double> grouped(const std::vector<double>& columns, int64_t groups) {
  std::vector<double> sums(static_cast<size_t>(groups));
  const size_t width = columns.size() / sums.size();
  for (size_t c = 0; c < columns.size(); ++c) sums[c / width] += columns[c];
  return sums;
}

/// The groups of one piece of pixels, written to spread[0 ... groups).
void measure(const Block& block, int64_t groups, Spread* spread) {
  const auto channels = static_cast<size_t>(block.columns);
  const double count =
      static_cast<double>(block.rows) * static_cast<double>(block.columns / groups);
  std::vector<double> columns(channels);
  kernels().column_sums(block, columns.data());
  std::vector<double> sums = grouped(columns, groups);
  std::vector<float> means(channels);
  for (size_t c = 0; c < channels; ++c) {
    means[c] = static_cast<float>(sums[c / (channels / sums.size())] / count);
  }
  std::fill(columns.begin(), columns.end(), 0.0);
  kernels().column_squares(block, means.data(), columns.data());
  const std::vector<double> squares = grouped(columns, groups);
  for (size_t g = 0; g < sums.size(); ++g) spread[g] = {count, sums[g] / count, squares[g]};
}

}  // namespace

void group_norm(Tensor& y, const Tensor& x, const int64_t& groups, const Tensor& weight,
                const Tensor& bias, const float& eps, const Activation& activation) {
  const int64_t images = x.dim(0), pixels = x.dim(1) * x.dim(2), channels = x.dim(3);
  if (images * pixels == 0) return;
  const int64_t grain = std::max<int64_t>(16, grain_rows(channels));
  const int64_t pieces = (pixels + grain - 1) / grain;
  const int threads = threads_for(x);
  const auto block_of = [&](int64_t piece) {
    const int64_t first = piece % pieces * grain;
    const int64_t start = piece / pieces * pixels + first;
    return std::pair(start * channels, Block{element_of(x.dtype()), address(x, start * channels),
                                             std::min(grain, pixels - first), channels, channels});
  };

  std::vector<Spread> spreads(static_cast<size_t>(images * pieces * groups));
  parallel_for(threads, images * pieces, [&](int64_t piece) {
    measure(block_of(piece).second, groups, spreads.data() + piece * groups);
  });

  const AsF32 w(weight), b(bias);
  const auto values = static_cast<size_t>(images * channels);
  std::vector<float> means(values), scales(values);
  for (int64_t i = 0; i < images * channels; ++i) {
    const int64_t image = i / channels, group = i % channels / (channels / groups);
    Spread all;
    for (int64_t p = 0; p < pieces; ++p) {
      all.join(spreads[static_cast<size_t>((image * pieces + p) * groups + group)]);
    }
    const double root = std::sqrt(all.squares / all.count + static_cast<double>(eps));
    means[static_cast<size_t>(i)] = static_cast<float>(all.mean);
    scales[static_cast<size_t>(i)] =
        static_cast<float>(static_cast<double>(w.data()[i % channels]) / root);
  }

  const Output out(y);
  parallel_for(threads, images * pieces, [&](int64_t piece) {
    const auto [index, block] = block_of(piece);
    const int64_t first = piece / pieces * channels;
    kernels().column_affine(
        block, {means.data() + first, scales.data() + first, b.data(), activation}, out.at(index));
  });
}

}  // namespace newbie::ops::cpu
