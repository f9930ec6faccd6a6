#include "ops/reference/attention.h"

#include <cmath>
#include <limits>

#include "ops/reference/access.h"

namespace newbie::ops::reference {
namespace {

constexpr double kHidden = -std::numeric_limits<double>::infinity();

/// What is added to the score of query i and key j; -inf when i does not see j.
double offset(const AttentionOptions& options, int64_t sequence, int64_t i, int64_t j) {
  if (options.causal && j > i) return kHidden;
  if (options.window > 0 && i - j >= options.window) return kHidden;
  if (options.bias.empty()) return 0;
  const Tensor& bias = options.bias[static_cast<size_t>(sequence)];
  if (!bias.defined() || i >= bias.dim(0) || j >= bias.dim(1)) return 0;
  return at(bias, i * bias.dim(1) + j);
}

}  // namespace

void attention(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
               const Packing& sequences, const AttentionOptions& options) {
  const int64_t heads = q.dim(1), kv_heads = k.dim(1), width = q.dim(2);
  const auto query = [&](int64_t row, int64_t head) { return (row * heads + head) * width; };
  const auto key = [&](int64_t row, int64_t head) { return (row * kv_heads + head) * width; };

  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t begin = sequences.begin(b), length = sequences.length(b);
    std::vector<double> weights(static_cast<size_t>(length));
    for (int64_t i = 0; i < length; ++i) {
      for (int64_t head = 0; head < heads; ++head) {
        const int64_t kv_head = head * kv_heads / heads;
        double highest = kHidden;
        for (int64_t j = 0; j < length; ++j) {
          double score = 0;
          for (int64_t e = 0; e < width; ++e) {
            score += at(q, query(begin + i, head) + e) * at(k, key(begin + j, kv_head) + e);
          }
          score = score * static_cast<double>(options.scale) + offset(options, b, i, j);
          weights[static_cast<size_t>(j)] = score;
          highest = std::max(highest, score);
        }
        double total = 0;
        for (double& weight : weights) {
          weight = highest == kHidden ? 0 : std::exp(weight - highest);
          total += weight;
        }
        for (int64_t e = 0; e < width; ++e) {
          double sum = 0;
          for (int64_t j = 0; j < length; ++j) {
            const double weight = weights[static_cast<size_t>(j)];
            if (weight != 0) sum += weight * at(v, key(begin + j, kv_head) + e);
          }
          put(out, query(begin + i, head) + e, total == 0 ? 0 : sum / total);
        }
      }
    }
  }
}

}  // namespace newbie::ops::reference
