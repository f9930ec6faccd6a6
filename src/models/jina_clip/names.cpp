#include "models/jina_clip/names.h"

#include <fmt/format.h>

namespace newbie::jina_clip {

std::vector<io::TensorSpec> expected_tensors(const Config& c) {
  std::vector<io::TensorSpec> specs;
  const auto add = [&](std::string name, Shape shape) {
    specs.push_back({std::move(name), shape});
  };
  const auto add_linear = [&](const std::string& name, int64_t out, int64_t in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  };
  const auto add_norm = [&](const std::string& name) {
    add(name + ".weight", {c.hidden_size});
    add(name + ".bias", {c.hidden_size});
  };
  add("embeddings.word_embeddings.weight", {c.vocab_size, c.hidden_size});
  add("embeddings.token_type_embeddings.weight", {c.type_vocab_size, c.hidden_size});
  add_norm("emb_ln");
  for (int64_t i = 0; i < c.num_hidden_layers; ++i) {
    const std::string layer = fmt::format("encoder.layers.{}.", i);
    add_linear(layer + "mixer.Wqkv", 3 * c.hidden_size, c.hidden_size);
    add_linear(layer + "mixer.out_proj", c.hidden_size, c.hidden_size);
    add_norm(layer + "norm1");
    add_linear(layer + "mlp.fc1", c.intermediate_size, c.hidden_size);
    add_linear(layer + "mlp.fc2", c.hidden_size, c.intermediate_size);
    add_norm(layer + "norm2");
  }
  return specs;
}

std::vector<io::NamesTable> layouts(const Config& config) {
  using Product = io::LowRank::Product;
  const auto merged = [&](const std::string& module, Product product) {
    const std::string p = module + ".parametrizations.weight.";
    return io::LowRank{module + ".weight", p + "original",      p + "0.lora_A",
                       p + "0.lora_B",     config.lora_scaling, product};
  };
  // The factors of an embedding swap their roles: lora_A is [vocab, rank], lora_B [rank, hidden].
  return {{"jina",
           "emb_ln.weight",
           {merged("embeddings.{w}", Product::a_times_b), merged("{*}", Product::b_times_a)},
           {"vision_model.{*}", "{*}.vision_model.{*}", "logit_scale", "{*}.logit_scale",
            "pooler.{*}", "{*}.pooler.{*}", "text_projection.{*}", "visual_projection.{*}",
            "text_model.proj.{*}", "spiece_model", "{*}.rotary_emb.inv_freq"}}};
}

io::WeightSetOptions weight_set_options(const Config& config) {
  return {"jina_clip",
          {"text_model.", "transformer.", "roberta.", "model.", "module.", "clip_model."},
          layouts(config)};
}

}  // namespace newbie::jina_clip
