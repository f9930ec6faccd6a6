// nano's folder holds what upstream's code expects: every tensor of the published layout under its
// name, in the shape that follows from the configs, and nothing else. The tables below are held
// against the golden set's model too, which upstream's own code wrote.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/json.h"
#include "io/safetensors.h"
#include "support.h"
#include "support/golden_folder.h"
#include "train/model/write_model.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, std::vector<int64_t>>;

constexpr const char* kWeights = "diffusion_pytorch_model.safetensors";

Json config_of(const fs::path& part) {
  return parse_json(read_file(part / "config.json", 1 << 20), "config.json").value();
}

Tensors stored(const fs::path& file) {
  Tensors tensors;
  const auto opened = io::SafetensorsFile::open(file);
  for (const io::TensorEntry& entry : opened.entries()) {
    if (entry.name == "spiece_model") continue;  // a tokenizer in a tensor's clothes
    auto& shape = tensors[entry.name];
    for (int axis = 0; axis < static_cast<int>(entry.shape.rank()); ++axis)
      shape.push_back(entry.shape[axis]);
  }
  return tensors;
}

void add_linear(Tensors& to, const std::string& name, int64_t out, int64_t in, bool bias = true) {
  to[name + ".weight"] = {out, in};
  if (bias) to[name + ".bias"] = {out};
}

/// Upstream's NextDiT_CLIP.
Tensors transformer_of(const Json& c) {
  const int64_t dim = c["dim"], heads = c["n_heads"], kv = c["n_kv_heads"], head = dim / heads;
  const int64_t text = c["cap_feat_dim"], pooled = c["clip_text_dim"],
                time = std::min<int64_t>(dim, 1024);
  const int64_t patch = c["patch_size"], in = patch * patch * c["in_channels"].get<int64_t>();
  const int64_t grain = c["multiple_of"];
  const Json factor = c["ffn_dim_multiplier"];
  const auto wide = static_cast<int64_t>(static_cast<double>(4 * dim) *
                                         (factor.is_null() ? 1.0 : factor.get<double>()));
  const int64_t inner = (wide + grain - 1) / grain * grain;
  Tensors all;
  add_linear(all, "x_embedder", dim, in);
  add_linear(all, "t_embedder.mlp.0", time, 256);
  add_linear(all, "t_embedder.mlp.2", time, time);
  all["cap_embedder.0.weight"] = {text};
  add_linear(all, "cap_embedder.1", dim, text);
  all["clip_text_pooled_proj.0.weight"] = {pooled};
  add_linear(all, "clip_text_pooled_proj.1", pooled, pooled);
  add_linear(all, "time_text_embed.1", time, time + pooled);
  all["norm_final.weight"] = {dim};
  add_linear(all, "final_layer.linear", in, dim);
  add_linear(all, "final_layer.adaLN_modulation.1", dim, time);
  const auto add_block = [&](const std::string& at, bool modulated) {
    add_linear(all, at + "attention.qkv", (heads + 2 * kv) * head, dim, false);
    add_linear(all, at + "attention.out", dim, dim, false);
    for (const char* norm : {"attention.q_norm", "attention.k_norm"})
      all[at + norm + ".weight"] = {head};
    for (const char* w : {"w1", "w3"}) add_linear(all, at + "feed_forward." + w, inner, dim, false);
    add_linear(all, at + "feed_forward.w2", dim, inner, false);
    for (const char* norm : {"attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2"}) {
      all[at + norm + ".weight"] = {dim};
    }
    if (modulated) add_linear(all, at + "adaLN_modulation.1", 4 * dim, time);
  };
  for (int64_t i = 0; i < c["n_refiner_layers"]; ++i) {
    add_block(fmt::format("noise_refiner.{}.", i), true);
    add_block(fmt::format("context_refiner.{}.", i), false);
  }
  for (int64_t i = 0; i < c["n_layers"]; ++i) add_block(fmt::format("layers.{}.", i), true);
  return all;
}

/// transformers' Gemma 3, of which only the text model is there.
Tensors text_encoder_of(const Json& outer) {
  const Json c = outer["text_config"];
  const int64_t width = c["hidden_size"], inner = c["intermediate_size"], head = c["head_dim"];
  const int64_t queries = c["num_attention_heads"].get<int64_t>() * head;
  const int64_t keys = c["num_key_value_heads"].get<int64_t>() * head;
  const std::string root = "language_model.model.";
  Tensors all;
  all[root + "embed_tokens.weight"] = {c["vocab_size"], width};
  all[root + "norm.weight"] = {width};
  for (int64_t i = 0; i < c["num_hidden_layers"]; ++i) {
    const std::string at = fmt::format("{}layers.{}.", root, i);
    add_linear(all, at + "self_attn.q_proj", queries, width, false);
    add_linear(all, at + "self_attn.k_proj", keys, width, false);
    add_linear(all, at + "self_attn.v_proj", keys, width, false);
    add_linear(all, at + "self_attn.o_proj", width, queries, false);
    for (const char* norm : {"q_norm", "k_norm"})
      all[at + "self_attn." + norm + ".weight"] = {head};
    add_linear(all, at + "mlp.gate_proj", inner, width, false);
    add_linear(all, at + "mlp.up_proj", inner, width, false);
    add_linear(all, at + "mlp.down_proj", width, inner, false);
    for (const char* norm : {"input", "post_attention", "pre_feedforward", "post_feedforward"}) {
      all[at + norm + "_layernorm.weight"] = {width};
    }
  }
  return all;
}

/// The text tower of Jina CLIP v2 with its adapter merged.
Tensors clip_model_of(const Json& c) {
  const int64_t width = c["hidden_size"], inner = c["intermediate_size"];
  const std::string root = "model.";
  Tensors all;
  all[root + "embeddings.word_embeddings.weight"] = {c["vocab_size"], width};
  all[root + "embeddings.token_type_embeddings.weight"] = {c["type_vocab_size"], width};
  const auto add_norm = [&](const std::string& name) {
    for (const char* part : {".weight", ".bias"}) all[name + part] = {width};
  };
  add_norm(root + "emb_ln");
  for (int64_t i = 0; i < c["num_hidden_layers"]; ++i) {
    const std::string at = fmt::format("{}encoder.layers.{}.", root, i);
    add_linear(all, at + "mixer.Wqkv", 3 * width, width);
    add_linear(all, at + "mixer.out_proj", width, width);
    add_linear(all, at + "mlp.fc1", inner, width);
    add_linear(all, at + "mlp.fc2", width, inner);
    add_norm(at + "norm1");
    add_norm(at + "norm2");
  }
  return all;
}

/// diffusers' AutoencoderKL.
class VaeTensors {
 public:
  explicit VaeTensors(const Json& c)
      : widths_(c["block_out_channels"]), per_(c["layers_per_block"]) {
    const int64_t latent = c["latent_channels"], last = widths_.back();
    conv("encoder.conv_in", widths_.front(), 3);
    stages("encoder.down_blocks", "downsamplers", widths_, per_);
    middle("encoder.mid_block", last);
    norm("encoder.conv_norm_out", last);
    conv("encoder.conv_out", 2 * latent, last);
    conv("decoder.conv_in", last, latent);
    middle("decoder.mid_block", last);
    stages("decoder.up_blocks", "upsamplers", {widths_.rbegin(), widths_.rend()}, per_ + 1);
    norm("decoder.conv_norm_out", widths_.front());
    conv("decoder.conv_out", 3, widths_.front());
  }
  Tensors all;

 private:
  void conv(const std::string& name, int64_t out, int64_t in, int64_t side = 3) {
    all[name + ".weight"] = {out, in, side, side};
    all[name + ".bias"] = {out};
  }
  void norm(const std::string& name, int64_t width) {
    for (const char* part : {".weight", ".bias"}) all[name + part] = {width};
  }
  void resnet(const std::string& at, int64_t in, int64_t out) {
    norm(at + ".norm1", in);
    conv(at + ".conv1", out, in);
    norm(at + ".norm2", out);
    conv(at + ".conv2", out, out);
    if (in != out) conv(at + ".conv_shortcut", out, in, 1);
  }
  void middle(const std::string& at, int64_t width) {
    resnet(at + ".resnets.0", width, width);
    norm(at + ".attentions.0.group_norm", width);
    for (const char* part : {"to_q", "to_k", "to_v", "to_out.0"}) {
      add_linear(all, at + ".attentions.0." + part, width, width);
    }
    resnet(at + ".resnets.1", width, width);
  }
  void stages(const std::string& root, const char* sampler, const std::vector<int64_t>& widths,
              int64_t per) {
    int64_t in = widths.front();
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::string at = fmt::format("{}.{}", root, i);
      for (int64_t j = 0; j < per; ++j) {
        resnet(fmt::format("{}.resnets.{}", at, j), in, widths[i]);
        in = widths[i];
      }
      if (i + 1 < widths.size()) conv(fmt::format("{}.{}.0.conv", at, sampler), in, in);
    }
  }
  std::vector<int64_t> widths_;
  int64_t per_;
};

void expect_published(const fs::path& model) {
  EXPECT_EQ(stored(model / "transformer" / kWeights),
            transformer_of(config_of(model / "transformer")));
  EXPECT_EQ(stored(model / "text_encoder/model.safetensors"),
            text_encoder_of(config_of(model / "text_encoder")));
  EXPECT_EQ(stored(model / "clip_model/model.safetensors"),
            clip_model_of(config_of(model / "clip_model")));
  EXPECT_EQ(stored(model / "vae" / kWeights), VaeTensors(config_of(model / "vae")).all);
}

std::set<std::string> keys_of(const Json& config) {
  std::set<std::string> keys;
  for (const auto& [key, value] : config.items()) keys.insert(key);
  return keys;
}

const fs::path kSizes = fs::path(NEWBIE_SOURCE_DIR) / "recipes/nano/model";

TEST(Nano, TheTablesAreUpstreams) { expect_published(test::golden_model_folder()); }

TEST(Nano, WritesThePublishedTensorsIn34MB) {
  const test::TemporaryFolder folder;
  write_model(folder.path(), find_model(kSizes),
              {"transformer", "text_encoder", "clip_model", "vae"}, {}, DType::bf16, 1, {});
  expect_published(folder.path());
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.path().extension() == ".safetensors") bytes += entry.file_size();
  }
  EXPECT_LE(bytes, 34'000'000u);
}

TEST(Nano, ConfigsHaveNoKeysOfTheirOwn) {
  for (const char* part : {"transformer", "text_encoder", "clip_model", "vae"}) {
    Json ours = config_of(kSizes / part), theirs = config_of(test::golden_model_folder() / part);
    for (Json* config : {&ours, &theirs}) {
      if (config->contains("text_config")) *config = (*config)["text_config"];
    }
    for (const std::string& key : keys_of(ours))
      EXPECT_TRUE(theirs.contains(key)) << part << " " << key;
  }
  // Constants that the published model has in its code or config.
  const Json transformer = config_of(kSizes / "transformer");
  EXPECT_TRUE(transformer["qk_norm"]);
  EXPECT_EQ(transformer["axes_lens"], Json({1024, 512, 512}));
  EXPECT_EQ(transformer["patch_size"], 2);
}

}  // namespace
}  // namespace newbie::train
