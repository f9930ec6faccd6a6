// Gemma and Jina CLIP against upstream, layer by layer.

#include <fmt/format.h>

#include "ops/packing.h"
#include "support/golden.h"
#include "support/tiny_model.h"

namespace newbie::test {
namespace {

struct Prompts {
  std::vector<int32_t> ids;
  ops::Packing packing;
};

/// Valid tokens of a right-padded batch, packed.
Prompts valid(const Tensor& ids, const Tensor& mask) {
  Prompts out;
  const auto all = ids.to_floats(), keep = mask.to_floats();
  const auto width = static_cast<size_t>(ids.dim(1));
  std::vector<int64_t> n;
  for (size_t b = 0; b < static_cast<size_t>(ids.dim(0)); ++b) {
    n.push_back(0);
    for (size_t i = 0; i < width && keep[b * width + i] == 1.0f; ++i, ++n.back()) {
      out.ids.push_back(static_cast<int32_t>(all[b * width + i]));
    }
  }
  out.packing = ops::Packing::of_lengths(n);
  return out;
}

std::vector<float> valid_rows(const Tensor& padded, const ops::Packing& packing) {
  std::vector<float> out;
  for (int64_t b = 0; b < packing.count(); ++b) {
    const auto rows = padded.slice(b, b + 1)
                          .view({padded.dim(1), padded.dim(2)})
                          .slice(0, packing.length(b))
                          .to_floats();
    out.insert(out.end(), rows.begin(), rows.end());
  }
  return out;
}

class Encoders : public ::testing::TestWithParam<DType> {
 protected:
  double limit() const {
    return GetParam() == DType::f32 ? kNetworkLimits.f32 : kNetworkLimits.bf16;
  }
  std::string stage(const char* name) const {
    return fmt::format("{} {}", name, name_of(GetParam()));
  }

  /// An observer that compares every value the set knows under `prefix`.
  nn::Observer comparing(const std::string& prefix, const ops::Packing& packing,
                         const char* name) const {
    return [this, prefix, &packing, name](std::string_view path, const Tensor& ours) {
      const std::string tensor = fmt::format("{}/{}", prefix, path);
      const auto golden = file_.find(tensor);
      if (!golden) return count_skipped(tensor);
      expect_close(valid_rows(*golden, packing), ours.to_floats(), limit(), stage(name), tensor);
    };
  }

  GoldenFile file_{"text"};
};

TEST_P(Encoders, GemmaHiddenStates) {
  const auto ids = file_.find("gemma/input_ids");
  if (!ids) return count_skipped("gemma");
  const Prompts prompts = valid(*ids, *file_.find("gemma/attention_mask"));
  for (auto residency : {ops::Residency::packed, ops::Residency::mapped}) {
    auto use = weight_use(GetParam());
    use.residency = residency;
    const auto gemma = pipeline::load_text_encoder(golden_model(), use);
    gemma(prompts.ids, prompts.packing, comparing("gemma", prompts.packing, "gemma"));
  }
}

TEST_P(Encoders, JinaClipStatesAndPooled) {
  const auto ids = file_.find("clip/input_ids");
  if (!ids) return count_skipped("clip");
  const Prompts prompts = valid(*ids, *file_.find("clip/attention_mask"));
  const auto clip = pipeline::load_clip_model(golden_model(), weight_use(GetParam()));
  const Tensor pooled =
      clip(prompts.ids, prompts.packing, comparing("clip", prompts.packing, "jina clip"));
  expect_golden(file_, "clip/pooled", pooled.to_floats(), limit(), stage("jina clip pooled"));
}

INSTANTIATE_TEST_SUITE_P(Precision, Encoders, ::testing::Values(DType::f32, DType::bf16),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::test
