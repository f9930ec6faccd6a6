#include "ops/attention_mass.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/checks.h"
#include "ops/elementwise.h"
#include "ops/shape.h"

namespace newbie::ops {
namespace {

constexpr std::string_view kOp = "attention_mass";

/// Terms that one sum takes on every device.
constexpr size_t kTerms = 8;

/// [S,G] f32 of [S,H,G].
Tensor mean_over_heads(const Tensor& shares, int64_t heads, int64_t groups) {
  const Tensor wide = cast(shares, DType::f32);
  const auto each = split_columns(wide, std::vector<int64_t>(static_cast<size_t>(heads), groups));
  const float part = 1.0f / static_cast<float>(heads);
  Tensor sum;
  for (size_t first = 0; first < each.size(); first += kTerms) {
    std::vector<std::pair<float, Tensor>> terms;
    if (sum.defined()) terms.emplace_back(1.0f, sum);
    for (size_t h = first; h < std::min(first + kTerms, each.size()); ++h) {
      terms.emplace_back(part, each[h]);
    }
    sum = combine(terms);
  }
  return sum;
}

}  // namespace

Tensor attention_mass(const Tensor& q, const Tensor& k, const Tensor& groups,
                      const Packing& sequences, const AttentionOptions& options) {
  require_rank(kOp, "q", q, 3, "[S,H,E]");
  require_rank(kOp, "k", k, 3, "[S,K,E]");
  require_rank(kOp, "groups", groups, 2, "[S,G]");
  require_type_of(kOp, "groups", groups, q);
  if (groups.dim(0) != k.dim(0) || groups.dim(1) == 0) {
    refuse_shape(kOp, "groups", groups.str(), fmt::format("[{},G] with G above 0", k.dim(0)));
  }
  const int64_t width = k.dim(2), count = groups.dim(1);
  std::vector<int64_t> chunks;
  for (int64_t first = 0; first < count; first += width) {
    chunks.push_back(std::min(width, count - first));
  }
  std::vector<Tensor> parts;
  for (const Tensor& members : split_columns(groups, chunks)) {
    const int64_t held = members.dim(1);
    std::vector<Tensor> columns;
    for (int64_t head = 0; head < k.dim(1); ++head) {
      columns.push_back(members);
      if (held < width) {
        columns.push_back(Tensor::zeros({k.dim(0), width - held}, k.dtype(), k.device()));
      }
    }
    const Tensor values = concat_columns(columns).view(k.shape());
    const Tensor shares =
        mean_over_heads(attention(q, k, values, sequences, options), q.dim(1), width);
    parts.push_back(held < width ? split_columns(shares, {held, width - held})[0] : shares);
  }
  return parts.size() == 1 ? parts[0] : concat_columns(parts);
}

}  // namespace newbie::ops
