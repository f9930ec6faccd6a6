/// Rows are taken in pieces fixed by the shape. A piece adds a few rows in f32, those sums in f64;
/// pieces are joined in order.
#include <cmath>

#include "ops/cpu/backward.h"
#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {
namespace {

constexpr int64_t kPieces = 32;
constexpr int64_t kLeastRows = 16;
/// Rows that are added in f32.
constexpr int64_t kShortSum = 16;

/// Two sums per column, in f64.
class ColumnSums {
 public:
  explicit ColumnSums(int64_t width) : sums_(static_cast<size_t>(2 * width)) {}

  double* products() { return sums_.data(); }
  double* plain() { return sums_.data() + sums_.size() / 2; }

  /// add(first, rows, products, plain) adds a few rows at a time to zeros in f32.
  template <class Add>
  void add(int64_t rows, const Add& body) {
    std::vector<float> few(sums_.size());
    for (int64_t first = 0; first < rows; first += kShortSum) {
      std::fill(few.begin(), few.end(), 0.0f);
      body(first, std::min(kShortSum, rows - first), few.data(), few.data() + few.size() / 2);
      for (size_t i = 0; i < few.size(); ++i) sums_[i] += static_cast<double>(few[i]);
    }
  }
  void join(const ColumnSums& other) {
    for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  }

 private:
  std::vector<double> sums_;
};

void write(const Tensor& result, int64_t first, const double* sums, int64_t count) {
  if (!result.defined()) return;
  Tensor writable = result;
  float* to = writable.mutable_data<float>() + first;
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(sums[i]);
}

struct Piece {
  int64_t sequence, begin, end;
};

std::vector<Piece> pieces_of(const Packing& sequences) {
  std::vector<Piece> pieces;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t grain = std::max(kLeastRows, (sequences.length(b) + kPieces - 1) / kPieces);
    for (int64_t row = sequences.begin(b); row < sequences.end(b); row += grain) {
      pieces.push_back({b, row, std::min(row + grain, sequences.end(b))});
    }
  }
  return pieces;
}

}  // namespace

void row_norm_backward(Tensor& dx, const RowSums& sums, const Tensor& dy, const Tensor& x,
                       const Tensor& factor, const RowStatistic& statistic, const float& eps,
                       const Packing& sequences) {
  const int64_t width = x.dim(1);
  const std::vector<Piece> pieces = pieces_of(sequences);
  std::vector<ColumnSums> partial(pieces.size(), ColumnSums(width));
  const Output out(dx);
  parallel_for(threads_for(x), static_cast<int64_t>(pieces.size()), [&](int64_t i) {
    const Piece& piece = pieces[static_cast<size_t>(i)];
    partial[static_cast<size_t>(i)].add(
        piece.end - piece.begin, [&](int64_t first, int64_t rows, float* products, float* plain) {
          const int64_t at = (piece.begin + first) * width;
          kernels().row_slopes({.element = element_of(x.dtype()),
                                .dy = address(dy, at),
                                .x = address(x, at),
                                .dx = out.at(at),
                                .rows = rows,
                                .width = width,
                                .eps = eps,
                                .centred = statistic == RowStatistic::moments,
                                .factor = factor.data<float>() + piece.sequence * width,
                                .products = products,
                                .plain = plain});
        });
  });
  std::vector<ColumnSums> totals(static_cast<size_t>(sequences.count()), ColumnSums(width));
  for (size_t i = 0; i < pieces.size(); ++i) {
    totals[static_cast<size_t>(pieces[i].sequence)].join(partial[i]);
  }
  for (int64_t b = 0; b < sequences.count(); ++b) {
    ColumnSums& total = totals[static_cast<size_t>(b)];
    write(sums.products, b * width, total.products(), width);
    write(sums.plain, b * width, total.plain(), width);
  }
}

namespace {

/// One image of a group norm: what pass one needs and finds, what pass two applies.
struct GroupImage {
  std::vector<float> mean, root;  // per channel
  std::vector<float> scale;       // weight * root
  std::vector<float> of_slope, of_centred, shift;
};

/// Mean and inverse root of every group of an image, for each of its channels.
void measure(const Tensor& x, int64_t image, int64_t groups, float eps, GroupImage& to) {
  const int64_t pixels = x.dim(1) * x.dim(2), channels = x.dim(3), width = channels / groups;
  const Block block{element_of(x.dtype()), address(x, image * pixels * channels), pixels, channels,
                    channels};
  const auto count = static_cast<double>(pixels * width);
  std::vector<double> sums(static_cast<size_t>(channels)), squares(sums);
  kernels().column_sums(block, sums.data());
  to.mean.resize(sums.size());
  to.root.resize(sums.size());
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (int64_t i = c / width * width; i < (c / width + 1) * width; ++i) {
      sum += sums[static_cast<size_t>(i)];
    }
    to.mean[static_cast<size_t>(c)] = static_cast<float>(sum / count);
  }
  kernels().column_squares(block, to.mean.data(), squares.data());
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (int64_t i = c / width * width; i < (c / width + 1) * width; ++i) {
      sum += squares[static_cast<size_t>(i)];
    }
    to.root[static_cast<size_t>(c)] =
        static_cast<float>(1 / std::sqrt(sum / count + static_cast<double>(eps)));
  }
}

/// From the column sums of an image to the factors of its dx = root (g w - mean(g w) - x_hat
/// mean(g w x_hat)).
void solve(const ColumnSums& sums, const float* weight, int64_t groups, int64_t pixels,
           GroupImage& image) {
  const auto channels = static_cast<int64_t>(image.mean.size()), width = channels / groups;
  const auto count = static_cast<double>(pixels * width);
  ColumnSums copy = sums;
  for (auto* part : {&image.of_slope, &image.of_centred, &image.shift}) {
    part->resize(image.mean.size());
  }
  for (int64_t group = 0; group < groups; ++group) {
    double mean = 0, product = 0;
    const auto root = static_cast<double>(image.root[static_cast<size_t>(group * width)]);
    for (int64_t c = group * width; c < (group + 1) * width; ++c) {
      mean += copy.plain()[c] * static_cast<double>(weight[c]);
      product += copy.products()[c] * static_cast<double>(weight[c]) * root;
    }
    for (int64_t c = group * width; c < (group + 1) * width; ++c) {
      const auto i = static_cast<size_t>(c);
      image.of_slope[i] = static_cast<float>(static_cast<double>(weight[c]) * root);
      image.of_centred[i] = static_cast<float>(-product / count * root * root);
      image.shift[i] = static_cast<float>(-mean / count * root);
    }
  }
}

}  // namespace

void group_norm_backward(Tensor& dx, const Tensor& d_weight, const Tensor& d_bias, const Tensor& dy,
                         const Tensor& x, const int64_t& groups, const Tensor& weight,
                         const Tensor& bias, const float& eps, const Activation& activation) {
  const int64_t images = x.dim(0), pixels = x.dim(1) * x.dim(2), channels = x.dim(3);
  const int threads = threads_for(x);
  const AsF32 w(weight), shift(bias);
  std::vector<GroupImage> state(static_cast<size_t>(images));
  parallel_for(threads, pixels == 0 ? 0 : images, [&](int64_t image) {
    GroupImage& to = state[static_cast<size_t>(image)];
    measure(x, image, groups, eps, to);
    for (size_t c = 0; c < to.root.size(); ++c) to.scale.push_back(w.data()[c] * to.root[c]);
  });
  const std::vector<Piece> pieces =
      pieces_of(Packing::of_lengths(std::vector<int64_t>(static_cast<size_t>(images), pixels)));
  const auto job_of = [&](const Piece& piece, int64_t first, int64_t rows) {
    const GroupImage& image = state[static_cast<size_t>(piece.sequence)];
    const int64_t at = (piece.begin + first) * channels;
    return ColumnSlopes{element_of(x.dtype()),
                        address(dy, at),
                        address(x, at),
                        rows,
                        channels,
                        {image.mean.data(), image.scale.data(), shift.data(), activation}};
  };

  std::vector<ColumnSums> partial(pieces.size(), ColumnSums(channels));
  parallel_for(threads, static_cast<int64_t>(pieces.size()), [&](int64_t i) {
    const Piece& piece = pieces[static_cast<size_t>(i)];
    partial[static_cast<size_t>(i)].add(
        piece.end - piece.begin, [&](int64_t first, int64_t rows, float* products, float* plain) {
          kernels().column_slope_sums(job_of(piece, first, rows), plain, products);
        });
  });

  std::vector<ColumnSums> totals(static_cast<size_t>(images), ColumnSums(channels));
  for (size_t i = 0; i < pieces.size(); ++i) {
    totals[static_cast<size_t>(pieces[i].sequence)].join(partial[i]);
  }
  ColumnSums all(channels);
  for (size_t image = 0; image < totals.size() && pixels > 0; ++image) {
    ColumnSums& total = totals[image];
    solve(total, w.data(), groups, pixels, state[image]);
    for (int64_t c = 0; c < channels; ++c) {
      total.products()[c] *= static_cast<double>(state[image].root[static_cast<size_t>(c)]);
    }
    all.join(total);
  }
  write(d_weight, 0, all.products(), channels);
  write(d_bias, 0, all.plain(), channels);

  const Output out(dx);
  parallel_for(threads, static_cast<int64_t>(pieces.size()), [&](int64_t i) {
    const Piece& piece = pieces[static_cast<size_t>(i)];
    const GroupImage& image = state[static_cast<size_t>(piece.sequence)];
    kernels().column_slopes(job_of(piece, 0, piece.end - piece.begin), image.of_slope.data(),
                            image.of_centred.data(), image.shift.data(),
                            out.at(piece.begin * channels));
  });
}

}  // namespace newbie::ops::cpu
