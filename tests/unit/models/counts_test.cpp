// The expected tensors of the published sizes: their number and parameters are known (model spec).

#include <gtest/gtest.h>

#include <set>

#include "models/flux_vae/names.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/names.h"
#include "models/next_dit/names.h"

namespace newbie {
namespace {

struct Count {
  size_t tensors;
  int64_t parameters;
  bool operator==(const Count&) const = default;
};

void PrintTo(const Count& count, std::ostream* out) {
  *out << count.tensors << " tensors, " << count.parameters << " parameters";
}

Count count(const std::vector<io::TensorSpec>& specs) {
  Count total{specs.size(), 0};
  std::set<std::string> names;
  for (const io::TensorSpec& spec : specs) {
    total.parameters += spec.shape.numel();
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name << " twice";
  }
  return total;
}

next_dit::Config next_dit_config(const char* json) {
  return next_dit::read_config(io::Config::parse(json, "config.json"));
}

constexpr const char* kNewbie3B =
    R"({"patch_size":2,"in_channels":16,"dim":2304,"n_layers":36,"n_heads":24,"n_kv_heads":8,)"
    R"("axes_dims":[32,32,32],"axes_lens":[1024,512,512],"cap_feat_dim":2560,"clip_text_dim":1024})";

TEST(ExpectedTensors, NextDitNewbie3B) {
  EXPECT_EQ(count(next_dit::expected_tensors(next_dit_config(kNewbie3B))),
            (Count{535, 3'486'636'096}));
}

TEST(ExpectedTensors, NextDitLuminaImage2) {
  EXPECT_EQ(count(next_dit::expected_tensors(next_dit_config(
                R"({"in_channels":16,"dim":2304,"n_layers":26,"n_heads":24,"n_kv_heads":8,)"
                R"("axes_dims":[32,32,32],"axes_lens":[300,512,512],"cap_feat_dim":2304})"))),
            (Count{400, 2'609'771'456}));
}

TEST(ExpectedTensors, NextDit2BWithPooledText) {
  next_dit::Config config = next_dit_config(kNewbie3B);
  config.n_layers = 30;
  EXPECT_EQ(count(next_dit::expected_tensors(config)), (Count{457, 2'962'760'640}));
}

TEST(ExpectedTensors, NextDitAppendixTiny) {
  EXPECT_EQ(count(next_dit::expected_tensors(next_dit_config(
                R"({"in_channels":4,"dim":48,"n_layers":2,"n_refiner_layers":1,"n_heads":4,)"
                R"("n_kv_heads":2,"multiple_of":32,"cap_feat_dim":20,"clip_text_dim":16,)"
                R"("axes_dims":[4,4,4],"axes_lens":[32,16,16]})"))),
            (Count{69, 190'452}));
}

TEST(ExpectedTensors, Gemma3With4B) {
  EXPECT_EQ(count(gemma3::expected_tensors(gemma3::read_config(io::Config::parse(
                R"({"text_config":{"vocab_size":262208,"hidden_size":2560,"head_dim":256,)"
                R"("intermediate_size":10240,"num_hidden_layers":34,"num_attention_heads":8,)"
                R"("num_key_value_heads":4}})",
                "config.json")))),
            (Count{444, 3'880'263'168}));
}

TEST(ExpectedTensors, JinaClipV2) {
  EXPECT_EQ(count(jina_clip::expected_tensors(jina_clip::read_config(io::Config::parse(
                R"({"vocab_size":250002,"type_vocab_size":1,"hidden_size":1024,)"
                R"("num_hidden_layers":24,"num_attention_heads":16,"intermediate_size":4096})",
                "config.json")))),
            (Count{292, 558'314'496}));
}

TEST(ExpectedTensors, Flux1Autoencoder) {
  EXPECT_EQ(count(flux_vae::expected_tensors(flux_vae::Config())), (Count{244, 83'819'683}));
}

TEST(ExpectedTensors, AppendixTinyAutoencoder) {
  flux_vae::Config config;
  config.block_out_channels = {32, 32, 64, 64};
  config.latent_channels = 4;
  EXPECT_EQ(flux_vae::expected_tensors(config).size(), 240u);
}

}  // namespace
}  // namespace newbie
