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

std::vector<double> attention_weights(const Tensor& q, const Tensor& k, const Packing& sequences,
                                      const AttentionOptions& options, int64_t b, int64_t i,
                                      int64_t head) {
  const int64_t heads = q.dim(1), kv_heads = k.dim(1), width = q.dim(2);
  const int64_t begin = sequences.begin(b), kv_head = head * kv_heads / heads;
  const int64_t query = ((begin + i) * heads + head) * width;
  std::vector<double> weights;
  double highest = kHidden;
  for (int64_t j = 0; j < sequences.length(b); ++j) {
    const int64_t key = ((begin + j) * kv_heads + kv_head) * width;
    double score = 0;
    for (int64_t e = 0; e < width; ++e) score += at(q, query + e) * at(k, key + e);
    score = score * static_cast<double>(options.scale) + offset(options, b, i, j);
    weights.push_back(score);
    highest = std::max(highest, score);
  }
  double total = 0;
  for (double& weight : weights) {
    weight = highest == kHidden ? 0 : std::exp(weight - highest);
    total += weight;
  }
  for (double& weight : weights) weight = total == 0 ? 0 : weight / total;
  return weights;
}

void attention(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
               const Packing& sequences, const AttentionOptions& options) {
  const int64_t heads = q.dim(1), kv_heads = k.dim(1), width = q.dim(2);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t begin = sequences.begin(b);
    for (int64_t i = 0; i < sequences.length(b); ++i) {
      for (int64_t head = 0; head < heads; ++head) {
        const std::vector<double> weights = attention_weights(q, k, sequences, options, b, i, head);
        const int64_t kv_head = head * kv_heads / heads;
        for (int64_t e = 0; e < width; ++e) {
          double sum = 0;
          for (int64_t j = 0; j < sequences.length(b); ++j) {
            const double weight = weights[static_cast<size_t>(j)];
            if (weight == 0) continue;
            sum += weight * at(v, ((begin + j) * kv_heads + kv_head) * width + e);
          }
          put(out, ((begin + i) * heads + head) * width + e, sum);
        }
      }
    }
  }
}

}  // namespace newbie::ops::reference
