#include "engine/recipe.h"

#include <fmt/format.h>

#include "adapters/adapter.h"
#include "adapters/read.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "newbie/engine.h"
#include "newbie/version.h"

namespace newbie::engine {
namespace {

constexpr uint64_t kLargestAdapter = uint64_t{16} << 30;

std::string_view kind_name(prompt::InputKind kind) { return prompt::to_string(kind); }

Json text_json(const prompt::CompiledText& text) {
  return Json{{"kind", kind_name(text.kind)},
              {"system_prompt", text.system_id},
              {"gemma", text.gemma},
              {"jina", text.jina},
              {"content_hash", hex64(text.content_hash)}};
}

std::string a1111(const Recipe& recipe) {
  const GenerateRequest& r = recipe.request;
  std::string out = r.prompt;
  if (!r.negative.empty()) out += "\nNegative prompt: " + r.negative;
  out += fmt::format(
      "\nSteps: {}, Sampler: {}, Schedule type: {}, CFG scale: {}, Seed: {}, Size: {}x{}, Model: "
      "{}",
      r.steps.value_or(0), r.sampler, r.schedule, r.cfg.value_or(1), r.seed, r.width.value_or(0),
      r.height.value_or(0), recipe.model_name);
  if (r.variation > 0) {
    out += fmt::format(", Variation seed: {}, Variation seed strength: {}", r.variation_seed,
                       r.variation);
  }
  if (!r.init.empty()) out += fmt::format(", Denoising strength: {}", r.strength);
  std::string loras;
  for (size_t i = 0; i < r.lora.size(); ++i) {
    loras += fmt::format("{}{}: {}", loras.empty() ? "" : ", ",
                         adapters::parse_request(r.lora[i]).path.stem().string(),
                         recipe.inputs.at(fmt::format("lora {}", i + 1)));
  }
  if (!loras.empty()) out += fmt::format(", Lora hashes: \"{}\"", loras);
  return out + fmt::format(", Version: newbie {}", version());
}

/// Of the weights, and of the config beside them: it decides how strong they are.
std::string hash_adapter(const std::string& request) {
  const auto file = adapters::adapter_file(adapters::parse_request(request).path);
  std::string hashes = hex64(hash64(read_file(file, kLargestAdapter)));
  const auto config = file.parent_path() / "adapter_config.json";
  std::error_code ignored;
  if (file.filename().string().starts_with("adapter_model") &&
      std::filesystem::exists(config, ignored)) {
    hashes = hex64(hash64(hashes + read_file(config)));
  }
  return hashes;
}

}  // namespace

Hashes hash_inputs(const GenerateRequest& request) {
  Hashes inputs;
  if (!request.init.empty()) inputs["init"] = hex64(hash64(read_file(request.init)));
  if (!request.mask.empty()) inputs["mask"] = hex64(hash64(read_file(request.mask)));
  for (size_t i = 0; i < request.lora.size(); ++i) {
    inputs[fmt::format("lora {}", i + 1)] = hash_adapter(request.lora[i]);
  }
  return inputs;
}

std::string recipe_id(GenerateRequest resolved, const Hashes& weights, const Hashes& inputs) {
  const GenerateRequest defaults;
  // How pictures share a run never shows in them, nor do fields that nothing reads.
  resolved.count = resolved.batch = 1;
  resolved.lenient = false;
  if (resolved.variation == 0) resolved.variation_seed = 0;
  if (resolved.init.empty()) resolved.strength = defaults.strength;
  // Files count by their contents.
  resolved.init.clear();
  resolved.mask.clear();
  resolved.vae.clear();
  for (std::string& lora : resolved.lora) {
    lora = fmt::format("{}", adapters::parse_request(lora).strength);
  }
  const Json parts{
      {"request", Json::parse(to_json(resolved))}, {"weights", weights}, {"inputs", inputs}};
  return hex64(hash64(parts.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

image::PngMetadata metadata_of(const Recipe& recipe) {
  Json json = Json::object();
  json["newbie"] = version();
  json["id"] = recipe_id(recipe.request, recipe.weights, recipe.inputs);
  json["request"] = Json::parse(to_json(recipe.request));
  json["texts"] = {{"positive", text_json(recipe.texts.positive)},
                   {"negative", text_json(recipe.texts.negative)}};
  json["model"] = recipe.model_name;
  json["device"] = recipe.device_class;
  json["weights"] = recipe.weights;
  if (!recipe.inputs.empty()) json["inputs"] = recipe.inputs;
  json["hashes"] = {{"conditioning", recipe.stages.conditioning},
                    {"noise", recipe.stages.noise},
                    {"latent", recipe.stages.latent},
                    {"pixels", recipe.stages.pixels}};
  return {{"newbie", json.dump(-1, ' ', false, Json::error_handler_t::replace)},
          {"parameters", a1111(recipe)}};
}

}  // namespace newbie::engine
