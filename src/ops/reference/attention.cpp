#include "ops/reference/attention.h"

#include <algorithm>
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

/// What is kept of every row, of all sequences together.
class KeptRows {
 public:
  KeptRows(const Tensor& out, const Tensor& q, const Packing& sequences,
           const KeepAttention& keep) {
    if (!keep.to) return;
    int64_t count = 0, longest = 0;
    for (int64_t b = 0; b < sequences.count(); ++b) {
      places_.push_back(count);
      count += sequences.length(b) > 0 ? 1 : 0;
      longest = std::max(longest, sequences.length(b));
    }
    const DType type = q.dtype() == DType::f64 ? DType::f64 : DType::f32;
    log_sums_ = Tensor::zeros({count, q.dim(1), longest}, type, q.device());
    *keep.to = {out, {log_sums_}};
  }

  void write(int64_t b, int64_t i, int64_t head, double log_sum) {
    if (!log_sums_.defined()) return;
    const int64_t heads = log_sums_.dim(1), longest = log_sums_.dim(2);
    put(log_sums_, (places_[static_cast<size_t>(b)] * heads + head) * longest + i, log_sum);
  }

 private:
  std::vector<int64_t> places_;  // of each sequence among those that are not empty
  Tensor log_sums_;
};

}  // namespace

std::vector<double> attention_scores(const Tensor& q, const Tensor& k, const Packing& sequences,
                                     const AttentionOptions& options, int64_t b, int64_t i,
                                     int64_t head) {
  const int64_t heads = q.dim(1), kv_heads = k.dim(1), width = q.dim(2);
  const int64_t begin = sequences.begin(b), kv_head = head * kv_heads / heads;
  const int64_t query = ((begin + i) * heads + head) * width;
  std::vector<double> scores;
  for (int64_t j = 0; j < sequences.length(b); ++j) {
    const int64_t key = ((begin + j) * kv_heads + kv_head) * width;
    double score = 0;
    for (int64_t e = 0; e < width; ++e) score += at(q, query + e) * at(k, key + e);
    scores.push_back(score * static_cast<double>(options.scale) + offset(options, b, i, j));
  }
  return scores;
}

double log_sum_of(const std::vector<double>& scores) {
  double highest = kHidden, total = 0;
  for (const double score : scores) highest = std::max(highest, score);
  if (highest == kHidden) return kHidden;
  for (const double score : scores) total += std::exp(score - highest);
  return highest + std::log(total);
}

std::vector<double> softmax_of(std::vector<double> scores, double log_sum) {
  for (double& score : scores) score = log_sum == kHidden ? 0 : std::exp(score - log_sum);
  return scores;
}

void attention(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
               const Packing& sequences, const AttentionOptions& options,
               const KeepAttention& keep) {
  const int64_t heads = q.dim(1), kv_heads = k.dim(1), width = q.dim(2);
  KeptRows kept(out, q, sequences, keep);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t begin = sequences.begin(b);
    for (int64_t i = 0; i < sequences.length(b); ++i) {
      for (int64_t head = 0; head < heads; ++head) {
        const std::vector<double> scores = attention_scores(q, k, sequences, options, b, i, head);
        const double log_sum = log_sum_of(scores);
        kept.write(b, i, head, log_sum);
        const std::vector<double> weights = softmax_of(scores, log_sum);
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
