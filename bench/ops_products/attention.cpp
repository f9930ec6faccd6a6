/// Attention of the network at 512 and 1024 pixels, of nano, of the text encoder and of the VAE.
#include "ops/attention.h"

#include <fmt/format.h>

#include <cmath>

#include "measure.h"
#include "ops/packing.h"
#include "support/tensors.h"

namespace newbie::bench {
namespace {

struct Case {
  const char* name;
  int64_t rows, heads, kv_heads, width;
  bool causal;
};

constexpr Case kCases[] = {
    {"next_dit_1024", 4400, 24, 8, 96, false}, {"next_dit_512", 1280, 24, 8, 96, false},
    {"nano_256", 384, 24, 8, 96, false},       {"gemma", 512, 8, 4, 256, true},
    {"jina", 256, 16, 16, 64, false},          {"vae_512", 4096, 1, 1, 512, false}};

/// One query of one head in double.
std::vector<float> expected_row(const Case& c, const Tensor& q, const Tensor& k, const Tensor& v,
                                int64_t row, int64_t head, float scale) {
  const std::vector<float> query = q.slice(row, row + 1).to_floats();
  const int64_t kv = head * c.kv_heads / c.heads, keys = c.causal ? row + 1 : c.rows;
  const std::vector<float> all_keys = k.to_floats(), all_values = v.to_floats();
  const auto at = [&](int64_t j, int64_t e) {
    return static_cast<size_t>((j * c.kv_heads + kv) * c.width + e);
  };
  std::vector<double> scores(static_cast<size_t>(keys));
  double highest = -1e300;
  for (int64_t j = 0; j < keys; ++j) {
    double score = 0;
    for (int64_t e = 0; e < c.width; ++e) {
      score += static_cast<double>(query[static_cast<size_t>(head * c.width + e)]) *
               static_cast<double>(all_keys[at(j, e)]);
    }
    scores[static_cast<size_t>(j)] = score * static_cast<double>(scale);
    highest = std::max(highest, scores[static_cast<size_t>(j)]);
  }
  std::vector<double> sums(static_cast<size_t>(c.width));
  double total = 0;
  for (int64_t j = 0; j < keys; ++j) {
    const double weight = std::exp(scores[static_cast<size_t>(j)] - highest);
    total += weight;
    for (int64_t e = 0; e < c.width; ++e) {
      sums[static_cast<size_t>(e)] += weight * static_cast<double>(all_values[at(j, e)]);
    }
  }
  std::vector<float> row_values(sums.size());
  for (size_t e = 0; e < sums.size(); ++e) row_values[e] = static_cast<float>(sums[e] / total);
  return row_values;
}

Workload attention_workload(const Device& device, const Case& c, DType dtype) {
  const Tensor q = test::random_tensor({c.rows, c.heads, c.width}, dtype, device, 1);
  const Tensor k = test::random_tensor({c.rows, c.kv_heads, c.width}, dtype, device, 2);
  const Tensor v = test::random_tensor({c.rows, c.kv_heads, c.width}, dtype, device, 3);
  const ops::Packing sequences = ops::Packing::of_lengths({c.rows});
  const ops::AttentionOptions options{.scale = 1.0f / std::sqrt(static_cast<float>(c.width)),
                                      .causal = c.causal};
  const Tensor found = ops::attention(q, k, v, sequences, options);
  for (const int64_t row : {int64_t{0}, c.rows / 2, c.rows - 1}) {
    const int64_t head = row % c.heads;
    const Tensor one = found.view({c.rows * c.heads, c.width})
                           .slice(row * c.heads + head, row * c.heads + head + 1);
    const std::vector<float> expected = expected_row(c, q, k, v, row, head, options.scale);
    require_close(one, Tensor::from(expected, {1, c.width}, device), 2 * tolerance_of(dtype));
  }
  const double pairs = static_cast<double>(c.rows * c.rows) * (c.causal ? 0.5 : 1.0);
  return {[=] { ops::attention(q, k, v, sequences, options); },
          4.0 * static_cast<double>(c.heads * c.width) * pairs};
}

}  // namespace

void add_attention() {
  for (const DType dtype : {DType::f32, DType::bf16}) {
    for (const Case& c : kCases) {
      measure(fmt::format("attention/{}/{}", name_of(dtype), c.name), dtype,
              [=](const Device& device) { return attention_workload(device, c, dtype); });
    }
  }
}

}  // namespace newbie::bench
