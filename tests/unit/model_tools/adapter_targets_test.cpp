// Which modules of the published model adapters are for, and under which names.

#include "model_tools/adapter_targets.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace newbie::model_tools {
namespace {

constexpr size_t kBlocks = 36 + 2 + 2;  // layers, noise refiner, context refiner

TEST(AdapterTargets, DefaultsAreThoseOfUpstreamsTrainerRefinersIncluded) {
  const auto targets = published_targets();
  const auto chosen = adapters::resolve_targets(targets, "next_dit", adapters::default_targets());
  EXPECT_EQ(chosen.size(), 3 * kBlocks + 2);
  const auto has = [&](const char* path) {
    return std::ranges::find(chosen, path, &adapters::Target::path) != chosen.end();
  };
  EXPECT_TRUE(has("context_refiner.1.attention.qkv"));
  EXPECT_TRUE(has("noise_refiner.0.feed_forward.w2"));
  EXPECT_TRUE(has("time_text_embed.1"));
  EXPECT_TRUE(has("clip_text_pooled_proj.1"));
  EXPECT_FALSE(has("layers.0.feed_forward.w1"));
  // Context refiners are not modulated; the final layer is.
  const auto modulated = adapters::resolve_targets(targets, "next_dit", {"adaLN_modulation.1"});
  EXPECT_EQ(modulated.size(), 36u + 2 + 1);
}

TEST(AdapterTargets, QueriesKeysAndValuesAreRowsOfGroupedAttention) {
  const auto targets = published_targets();
  const auto rows = [&](const std::string& stem) {
    const auto found = targets.find(stem);
    EXPECT_TRUE(found) << stem;
    return found ? std::pair(found->row_begin, found->row_end) : std::pair<int64_t, int64_t>();
  };
  using Rows = std::pair<int64_t, int64_t>;
  EXPECT_EQ(rows("transformer.layers.3.attn.to_q"), (Rows{0, 2304}));
  EXPECT_EQ(rows("transformer.layers.3.attn.to_k"), (Rows{2304, 3072}));
  EXPECT_EQ(rows("lora_unet_layers_3_attn_to_v"), (Rows{3072, 3840}));
  EXPECT_EQ(rows("lycoris_layers_3_attention_qkv"), (Rows{0, 3840}));
}

TEST(AdapterTargets, NoFlatNameMeansTwoModules) {
  const auto targets = published_targets();
  for (const auto& [name, target] : targets.all()) {
    std::string flat = target.path;
    std::ranges::replace(flat, '.', '_');
    const auto found = targets.find("lora_unet_" + flat);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->target->path, target.path);
  }
}

TEST(AdapterTargets, TablesOfRowsAreNoTargets) {
  EXPECT_FALSE(published_targets().find("text_encoder.embed_tokens"));
  EXPECT_TRUE(published_targets().find("text_encoder.layers.3.mlp.up_proj"));
}

}  // namespace
}  // namespace newbie::model_tools
