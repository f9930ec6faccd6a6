// Configs of published files, complete and incomplete, with and against the golden model's weights.

#include <gtest/gtest.h>

#include "models/flux_vae/names.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/names.h"
#include "models/next_dit/names.h"

namespace newbie {
namespace {

const std::filesystem::path kTiny = NEWBIE_TEST_DATA "/golden/tiny-newbie";

io::Config parse(const std::string& json) { return io::Config::parse(json, "config.json"); }

Error error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  return Error("none", "nothing was thrown");
}

auto transformer() {
  return io::WeightSet::open(kTiny / "transformer", next_dit::weight_set_options());
}

TEST(NextDitConfig, ReadsUpstreamKeysAndFitsItsWeights) {
  const auto config = next_dit::complete_config(
      next_dit::read_config(io::Config::open(kTiny / "transformer/config.json")), *transformer());
  EXPECT_EQ(config.dim, 96);
  EXPECT_EQ(config.head_dim(), 16);
  EXPECT_EQ(config.ffn_dim(), 512);
  EXPECT_EQ(config.axes_dims, (std::vector<int64_t>{4, 6, 6}));
  EXPECT_EQ(config.clip_text_dim, 48);
  EXPECT_DOUBLE_EQ(config.qk_norm_eps, 1e-6);
}

TEST(NextDitConfig, ReadsDiffusersKeys) {
  const auto config = next_dit::read_config(
      parse(R"({"hidden_size":96,"num_layers":3,"num_refiner_layers":2,"num_attention_heads":6,)"
            R"("num_kv_heads":2,"axes_dim_rope":[4,6,6],"axes_lens":[512,64,64],"in_channels":16,)"
            R"("cap_feat_dim":64,"pooled_projection_dim":48,"multiple_of":256})"));
  auto ours = next_dit::read_config(io::Config::open(kTiny / "transformer/config.json"));
  EXPECT_DOUBLE_EQ(config.qk_norm_eps, 1e-5) << "diffusers' class has another epsilon";
  ours.qk_norm_eps = 1e-5;
  EXPECT_EQ(config, ours);
}

TEST(NextDitConfig, TakesFromShapesWhatTheFileMayOmit) {
  const auto config = next_dit::complete_config(
      next_dit::read_config(parse(R"({"in_channels":16,"dim":96,"n_heads":6,"n_layers":3,)"
                                  R"("axes_dims":[4,6,6],"axes_lens":[512,64,64]})")),
      *transformer());
  EXPECT_EQ(config, next_dit::read_config(io::Config::open(kTiny / "transformer/config.json")));
}

TEST(NextDitConfig, FromShapesAlone) {
  const auto config = next_dit::config_from_weights(*transformer());
  EXPECT_EQ(config.n_layers, 3);
  EXPECT_EQ(config.n_heads, 6);
  EXPECT_EQ(config.n_kv_heads, 2);
  EXPECT_EQ(config.in_channels, 16);
  EXPECT_EQ(config.ffn_dim(), 512);
  const auto specs = next_dit::expected_tensors(config);
  for (const auto& spec : specs) {
    const auto found = transformer()->find(spec.name);
    ASSERT_TRUE(found) << spec.name;
    EXPECT_EQ(found->shape, spec.shape) << spec.name;
  }
  EXPECT_EQ(specs.size(), transformer()->names().size());
}

TEST(NextDitConfig, TellsEveryContradictionWithTheWeights) {
  const Error error = error_of([] {
    next_dit::complete_config(
        next_dit::read_config(
            parse(R"({"in_channels":16,"dim":96,"n_heads":3,"n_kv_heads":3,"n_layers":4,)"
                  R"("axes_dims":[12,10,10],"axes_lens":[512,64,64],"cap_feat_dim":65})")),
        *transformer());
  });
  EXPECT_EQ(error.code(), "config.contradicts_weights");
  const std::string text = error.what();
  for (const char* part : {"n_layers is 4, but the number of layers.* says 3",
                           "cap_feat_dim is 65, but cap_embedder.0.weight says 64",
                           "n_heads is 3, but layers.0.attention.q_norm.weight says 6"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST(NextDitConfig, RefusesValuesThatContradictEachOther) {
  const auto with = [](const char* change, const char* to) {
    std::string text =
        R"({"in_channels":16,"dim":96,"n_heads":6,"n_kv_heads":2,"n_layers":3,)"
        R"("axes_dims":[4,6,6],"axes_lens":[512,64,64],"cap_feat_dim":64,"norm_eps":1e-5})";
    text.replace(text.find(change), std::string_view(change).size(), to);
    return error_of([&] { next_dit::validate(next_dit::read_config(parse(text))); }).code();
  };
  EXPECT_EQ(with("\"dim\":96", "\"dim\":96"), "none");
  EXPECT_EQ(with("\"n_heads\":6", "\"n_heads\":7"), "config.invalid");
  EXPECT_EQ(with("\"n_kv_heads\":2", "\"n_kv_heads\":4"), "config.invalid");
  EXPECT_EQ(with("[4,6,6]", "[4,6,4]"), "config.invalid");
  EXPECT_EQ(with("[4,6,6]", "[6,5,5]"), "config.invalid");
  EXPECT_EQ(with("[4,6,6]", "[16]"), "config.invalid");
  EXPECT_EQ(with("1e-5", "0"), "config.invalid");
  EXPECT_EQ(with("\"dim\":96", "\"dim\":0"), "config.out_of_range");
}

TEST(Gemma3Config, ReadsNestedFlatAndRopeParameters) {
  const auto nested = gemma3::read_config(io::Config::open(kTiny / "text_encoder/config.json"));
  EXPECT_EQ(nested.num_hidden_layers, 7);
  EXPECT_TRUE(nested.is_global[5]);
  EXPECT_FALSE(nested.is_global[6]);
  EXPECT_DOUBLE_EQ(nested.rope_scaling_factor, 8);
  const auto flat = gemma3::read_config(
      parse(R"({"num_hidden_layers":12,"sliding_window_pattern":4,"rope_parameters":{)"
            R"("full_attention":{"rope_type":"linear","factor":2.0,"rope_theta":5e5},)"
            R"("sliding_attention":{"rope_type":"default","rope_theta":2e4}}})"));
  EXPECT_DOUBLE_EQ(flat.rope_theta, 5e5);
  EXPECT_DOUBLE_EQ(flat.rope_local_base_freq, 2e4);
  EXPECT_DOUBLE_EQ(flat.rope_scaling_factor, 2);
  EXPECT_TRUE(flat.is_global[3] && flat.is_global[7] && !flat.is_global[4]);
}

TEST(Gemma3Config, TakesOmittedSizesFromTheWeights) {
  const auto weights = io::WeightSet::open(kTiny / "text_encoder", gemma3::weight_set_options());
  EXPECT_EQ(weights->prefix(), "language_model.model.");
  auto config = gemma3::read_config(
      parse(R"({"text_config":{"num_hidden_layers":7,"query_pre_attn_scalar":16,)"
            R"("sliding_window":16,"rope_scaling":{"factor":8.0}}})"));
  config = gemma3::complete_config(config, *weights);
  EXPECT_EQ(config, gemma3::read_config(io::Config::open(kTiny / "text_encoder/config.json")));
}

TEST(JinaConfig, ReadsThePublishedFormAndTheAdapterScaling) {
  const auto config =
      jina_clip::read_config(parse(R"({"text_config":{"embed_dim":1024,"hf_model_config_kwargs":)"
                                   R"({"lora_rank":4,"lora_alpha":8}},"projection_dim":1024})"));
  EXPECT_EQ(config.hidden_size, 1024);
  EXPECT_DOUBLE_EQ(config.lora_scaling, 2);
}

TEST(FluxVaeConfig, FromShapesAlone) {
  const auto weights = io::WeightSet::open(kTiny / "vae", flux_vae::weight_set_options());
  auto config = flux_vae::read_config(io::Config::open(kTiny / "vae/config.json"));
  const auto inferred = flux_vae::config_from_weights(*weights);
  EXPECT_EQ(inferred.block_out_channels, config.block_out_channels);
  EXPECT_EQ(inferred.layers_per_block, 1);
  EXPECT_EQ(flux_vae::complete_config(config, *weights), config);
  config.block_out_channels[1] = 64;
  EXPECT_EQ(error_of([&] { flux_vae::complete_config(config, *weights); }).code(),
            "config.contradicts_weights");
}

TEST(WeightSetOptions, AWrongNetworkIsNamed) {
  EXPECT_EQ(
      error_of([] { io::WeightSet::open(kTiny / "vae", next_dit::weight_set_options()); }).code(),
      "weights.unknown_layout");
}

}  // namespace
}  // namespace newbie
