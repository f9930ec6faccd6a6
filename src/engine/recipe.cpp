#include "engine/recipe.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "newbie/engine.h"
#include "newbie/version.h"

namespace newbie::engine {
namespace {

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
      r.steps.value_or(0), r.sampler, r.schedule, r.cfg.value_or(1), r.seed, r.width, r.height,
      recipe.model_name);
  if (!r.init.empty()) out += fmt::format(", Denoising strength: {}", r.strength);
  return out + fmt::format(", Version: newbie {}", version());
}

}  // namespace

image::PngMetadata metadata_of(const Recipe& recipe) {
  Json json = Json::object();
  json["newbie"] = version();
  json["request"] = Json::parse(to_json(recipe.request));
  json["texts"] = {{"positive", text_json(recipe.texts.positive)},
                   {"negative", text_json(recipe.texts.negative)}};
  json["model"] = recipe.model_name;
  json["weights"] = recipe.weight_hashes;
  json["noise"] = recipe.noise_hash;
  json["device"] = recipe.device_class;
  return {{"newbie", json.dump(-1, ' ', false, Json::error_handler_t::replace)},
          {"parameters", a1111(recipe)}};
}

}  // namespace newbie::engine
