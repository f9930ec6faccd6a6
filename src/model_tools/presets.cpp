#include "model_tools/presets.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace newbie::model_tools {
namespace {

PartDescription part(Part kind, const char* json) {
  return describe(kind, io::Config::parse(json, "preset"));
}

constexpr const char* kFluxVae =
    R"({"in_channels":3,"out_channels":3,"latent_channels":16,"layers_per_block":2,
        "block_out_channels":[128,256,512,512],"norm_num_groups":32,"sample_size":1024,
        "scaling_factor":0.3611,"shift_factor":0.1159,"use_quant_conv":false,
        "use_post_quant_conv":false})";

Preset newbie_exp01() {
  return {"newbie-exp0.1",
          "NewBie-image-Exp0.1",
          {part(Part::transformer,
                R"({"patch_size":2,"in_channels":16,"dim":2304,"n_layers":36,"n_refiner_layers":2,
                    "n_heads":24,"n_kv_heads":8,"axes_dims":[32,32,32],"axes_lens":[1024,512,512],
                    "cap_feat_dim":2560,"clip_text_dim":1024})"),
           part(Part::text_encoder,
                R"({"vocab_size":262208,"hidden_size":2560,"intermediate_size":10240,
                    "num_hidden_layers":34,"num_attention_heads":8,"num_key_value_heads":4,
                    "head_dim":256,"sliding_window":1024,"query_pre_attn_scalar":256,
                    "rope_scaling":{"factor":8.0}})"),
           part(Part::clip_model,
                R"({"vocab_size":250002,"type_vocab_size":1,"hidden_size":1024,
                    "num_hidden_layers":24,"num_attention_heads":16,"intermediate_size":4096})"),
           part(Part::vae, kFluxVae)},
          262144};
}

/// Gemma 2 2B: Gemma 3's tensors without the query and key norms.
PartDescription gemma2_2b() {
  PartDescription encoder =
      part(Part::text_encoder,
           R"({"vocab_size":256000,"hidden_size":2304,"intermediate_size":9216,
               "num_hidden_layers":26,"num_attention_heads":8,"num_key_value_heads":4,
               "head_dim":256,"sliding_window":4096,"sliding_window_pattern":2})");
  std::erase_if(encoder.expected, [](const io::TensorSpec& spec) {
    return spec.name.ends_with("q_norm.weight") || spec.name.ends_with("k_norm.weight");
  });
  const Json config{{"architectures", {"Gemma2Model"}},
                    {"model_type", "gemma2"},
                    {"vocab_size", 256000},
                    {"hidden_size", 2304},
                    {"intermediate_size", 9216},
                    {"num_hidden_layers", 26},
                    {"num_attention_heads", 8},
                    {"num_key_value_heads", 4},
                    {"head_dim", 256},
                    {"sliding_window", 4096},
                    {"query_pre_attn_scalar", 256},
                    {"attn_logit_softcapping", 50.0},
                    {"rms_norm_eps", 1e-6},
                    {"rope_theta", 10000.0}};
  encoder.config = encoder.native_config = config.dump(2) + "\n";
  return encoder;
}

Preset lumina_image_2() {
  return {"lumina-image-2.0",
          "Lumina-Image-2.0",
          {part(Part::transformer,
                R"({"patch_size":2,"in_channels":16,"dim":2304,"n_layers":26,"n_refiner_layers":2,
                    "n_heads":24,"n_kv_heads":8,"axes_dims":[32,32,32],"axes_lens":[300,512,512],
                    "cap_feat_dim":2304})"),
           gemma2_2b(), part(Part::vae, kFluxVae)},
          256000};
}

Preset tiny() {
  return {"tiny",
          "a model of a few megabytes, for tests",
          {part(Part::transformer,
                R"({"patch_size":2,"in_channels":16,"dim":96,"n_layers":3,"n_refiner_layers":2,
                    "n_heads":6,"n_kv_heads":2,"axes_dims":[4,6,6],"axes_lens":[512,64,64],
                    "cap_feat_dim":64,"clip_text_dim":48})"),
           part(Part::text_encoder,
                R"({"vocab_size":1200,"hidden_size":64,"intermediate_size":160,
                    "num_hidden_layers":7,"num_attention_heads":4,"num_key_value_heads":2,
                    "head_dim":16,"sliding_window":16,"query_pre_attn_scalar":16,
                    "rope_scaling":{"factor":8.0}})"),
           part(Part::clip_model,
                R"({"vocab_size":1141,"type_vocab_size":1,"hidden_size":48,"num_hidden_layers":3,
                    "num_attention_heads":4,"intermediate_size":192})"),
           part(Part::vae,
                R"({"latent_channels":16,"layers_per_block":1,"block_out_channels":[32,32,64,64],
                    "norm_num_groups":16,"sample_size":64,"use_quant_conv":false,
                    "use_post_quant_conv":false})")},
          1200};
}

}  // namespace

std::vector<std::string> preset_names() { return {"newbie-exp0.1", "lumina-image-2.0", "tiny"}; }

Preset preset(std::string_view name) {
  if (name == "newbie-exp0.1") return newbie_exp01();
  if (name == "lumina-image-2.0") return lumina_image_2();
  if (name == "tiny") return tiny();
  throw Error("request.field",
              fmt::format("preset is \"{}\", expected {}", name, fmt::join(preset_names(), ", ")));
}

}  // namespace newbie::model_tools
