/// Is attention right on every way through it, and how fast is each?
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "harness.h"
#include "ops/cuda/sdpa.h"

namespace newbie::bench {
namespace {

using namespace ops::cuda;

struct Inputs {
  Buffer q, k, v;
};

Inputs inputs_of(const SdpaShape& s) {
  const int64_t rows = s.batch * s.length;
  return {Buffer::random(rows * s.heads * s.width, s.type, 1),
          Buffer::random(rows * s.kv_heads * s.width, s.type, 2),
          Buffer::random(rows * s.kv_heads * s.width, s.type, 3)};
}

std::vector<double> expected(const SdpaShape& s, const Inputs& in, float scale,
                             const std::vector<double>& bias, int64_t bias_rows,
                             int64_t bias_columns) {
  const auto q = in.q.numbers(), k = in.k.numbers(), v = in.v.numbers();
  std::vector<double> out(q.size()), weights(static_cast<size_t>(s.length));
  for (int64_t row = 0; row < s.batch * s.length; ++row) {
    const int64_t i = row % s.length, begin = row - i;
    for (int64_t head = 0; head < s.heads; ++head) {
      const int64_t kv_head = head * s.kv_heads / s.heads;
      const auto key = [&](int64_t j) {
        return static_cast<size_t>(((begin + j) * s.kv_heads + kv_head) * s.width);
      };
      const auto query = static_cast<size_t>((row * s.heads + head) * s.width);
      double total = 0, highest = -std::numeric_limits<double>::infinity();
      for (int64_t j = 0; j < s.length; ++j) {
        double score = 0;
        for (size_t e = 0; e < static_cast<size_t>(s.width); ++e)
          score += q[query + e] * k[key(j) + e];
        score *= static_cast<double>(scale);
        if (i < bias_rows && j < bias_columns) {
          score += bias[static_cast<size_t>(i * bias_columns + j)];
        }
        const bool hidden = (s.causal && j > i) || (s.window > 0 && i - j >= s.window);
        weights[static_cast<size_t>(j)] = hidden ? -std::numeric_limits<double>::infinity() : score;
        highest = std::max(highest, weights[static_cast<size_t>(j)]);
      }
      for (double& weight : weights) total += weight = std::exp(weight - highest);
      for (size_t e = 0; e < static_cast<size_t>(s.width); ++e) {
        double sum = 0;
        for (int64_t j = 0; j < s.length; ++j)
          sum += weights[static_cast<size_t>(j)] * v[key(j) + e];
        out[query + e] = sum / total;
      }
    }
  }
  return out;
}

std::string str(const SdpaShape& s) {
  return fmt::format("B{} N{} H{}/{} E{}{}{} {}", s.batch, s.length, s.heads, s.kv_heads, s.width,
                     s.causal ? " causal" : "", s.window ? fmt::format(" window {}", s.window) : "",
                     name_of(s.type)) +
         (s.bias ? " bias" : "");
}

/// Each way that takes the shape: name and body.
template <class Visit>
void each_way(Libraries& libraries, const SdpaShape& s, const Visit& visit) {
  const std::string why = fused_sdpa_declines(libraries, s);
  if (why.empty()) {
    const size_t bytes = fused_sdpa_scratch(libraries, s);
    const Buffer scratch(static_cast<int64_t>(bytes / 4 + 4), DType::f32);
    visit("fused", [&, scratch](const SdpaOperands& o) {
      fused_sdpa(libraries, s, o, {scratch.data(), bytes + 16});
    });
  } else if (s.type != DType::f32) {
    fmt::print("     fused declines {}: {}\n", str(s), why);
  }
  const size_t bytes = sdpa_by_products_scratch(s);
  const Buffer scratch(static_cast<int64_t>(bytes / 4), DType::f32);
  visit("products", [&, scratch](const SdpaOperands& o) {
    sdpa_by_products(libraries, s, o, {scratch.data(), bytes});
  });
  visit("plain", [&](const SdpaOperands& o) { plain_sdpa(libraries, s, o); });
}

void check_case(Libraries& libraries, Report& report, const SdpaShape& s) {
  const Inputs in = inputs_of(s);
  const float scale = 1.0f / std::sqrt(static_cast<float>(s.width));
  const bool biased = s.bias;
  const int64_t rows = s.length / 2, columns = s.length - 1;
  const Buffer bias = Buffer::random(rows * columns, DType::f32, 4, 2.0f);
  const auto truth = biased ? expected(s, in, scale, bias.numbers(), rows, columns)
                            : expected(s, in, scale, {}, 0, 0);
  each_way(libraries, s, [&](std::string_view name, const auto& run) {
    const Buffer out(in.q.count(), s.type);
    SdpaOperands operands{in.q.data(), in.k.data(), in.v.data(), out.data(), scale};
    if (biased) operands.bias = {bias.floats(), rows, columns};
    run(operands);
    report.check(fmt::format("attention {} {}", name, str(s)), relative_l2(out.numbers(), truth),
                 floor_of(s.type));
  });
}

void time_case(Libraries& libraries, Report& report, const SdpaShape& s, bool check = false) {
  const Inputs in = inputs_of(s);
  const float scale = 1.0f / std::sqrt(static_cast<float>(s.width));
  const double pairs =
      static_cast<double>(s.length) * static_cast<double>(s.length) * (s.causal ? 0.5 : 1.0);
  const double work = 4e-12 * pairs * static_cast<double>(s.batch * s.heads * s.width);
  constexpr int64_t kBiased = 512;
  const Buffer bias = Buffer::random(kBiased * kBiased, DType::f32, 4);
  std::vector<double> first;
  each_way(libraries, s, [&](std::string_view name, const auto& run) {
    if (name == "plain" && !check) return;
    const Buffer out(in.q.count(), s.type);
    SdpaOperands operands{in.q.data(), in.k.data(), in.v.data(), out.data(), scale};
    if (s.bias) operands.bias = {bias.floats(), kBiased, kBiased};
    report.time(fmt::format("attention {} {}", name, str(s)),
                milliseconds(
                    libraries, [&](int) { run(operands); }, name == "plain" ? 1 : 20),
                work);
    const auto numbers = out.numbers();
    if (first.empty()) {
      first = numbers;
    } else {
      report.check(fmt::format("attention {} {} against the first way", name, str(s)),
                   relative_l2(numbers, first), 2 * floor_of(s.type));
    }
  });
}

}  // namespace

void check_attention(Libraries& libraries, Report& report) {
  for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
    const SdpaShape cases[] = {
        {.batch = 2, .length = 130, .heads = 6, .kv_heads = 2, .width = 96},
        {.batch = 1, .length = 37, .heads = 6, .kv_heads = 2, .width = 96},
        {.batch = 1, .length = 140, .heads = 4, .kv_heads = 2, .width = 256, .causal = true},
        {.batch = 2,
         .length = 300,
         .heads = 2,
         .kv_heads = 1,
         .width = 64,
         .causal = true,
         .window = 33},
        {.batch = 1, .length = 130, .heads = 2, .kv_heads = 1, .width = 16, .window = 7},
        {.batch = 1, .length = 100, .heads = 1, .kv_heads = 1, .width = 512},
        {.batch = 1, .length = 21, .heads = 3, .kv_heads = 3, .width = 13},
        {.batch = 3, .length = 1, .heads = 2, .kv_heads = 2, .width = 64},
    };
    for (SdpaShape s : cases) {
      s.type = type;
      check_case(libraries, report, s);
    }
    SdpaShape biased = cases[0];
    biased.type = type;
    biased.bias = true;
    check_case(libraries, report, biased);
  }
}

void time_attention(Libraries& libraries, Report& report) {
  constexpr DType kType = DType::bf16;
  time_case(libraries, report,
            {.batch = 2, .length = 4352, .heads = 24, .kv_heads = 24, .width = 96, .type = kType});
  time_case(libraries, report,
            {.batch = 2, .length = 4352, .heads = 24, .kv_heads = 8, .width = 96, .type = kType},
            true);
  time_case(libraries, report,
            {.batch = 1, .length = 4352, .heads = 24, .kv_heads = 8, .width = 96, .type = kType});
  SdpaShape biased{
      .batch = 1, .length = 4352, .heads = 24, .kv_heads = 8, .width = 96, .type = kType};
  biased.bias = true;
  time_case(libraries, report, biased);
  time_case(libraries, report,
            {.batch = 1, .length = 4099, .heads = 24, .kv_heads = 8, .width = 96, .type = kType});
  time_case(
      libraries, report,
      {.batch = 2, .length = 4352, .heads = 24, .kv_heads = 8, .width = 96, .type = DType::f16});
  time_case(libraries, report,
            {.batch = 2,
             .length = 512,
             .heads = 8,
             .kv_heads = 4,
             .width = 256,
             .type = kType,
             .causal = true});
  time_case(libraries, report,
            {.batch = 1,
             .length = 2048,
             .heads = 8,
             .kv_heads = 4,
             .width = 256,
             .type = kType,
             .causal = true,
             .window = 1024});
  time_case(libraries, report,
            {.batch = 1, .length = 16384, .heads = 1, .kv_heads = 1, .width = 512, .type = kType});
  time_case(
      libraries, report,
      {.batch = 1, .length = 4352, .heads = 24, .kv_heads = 8, .width = 96, .type = DType::f32});
}

}  // namespace newbie::bench
