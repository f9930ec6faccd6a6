#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "prompt/print.h"
#include "train/recipe/read.h"

namespace newbie::train {
namespace {

void require(bool holds, const char* code, const std::string& what, const std::string& fix = "") {
  if (!holds) throw Error(code, what).hint(fix);
}

void require_parts(const std::vector<std::string>& parts, std::string_view key) {
  constexpr std::array<std::string_view, 4> kParts{"transformer", "text_encoder", "clip_model",
                                                   "vae"};
  for (const std::string& part : parts) {
    require(std::find(kParts.begin(), kParts.end(), part) != kParts.end(), "recipe.value",
            fmt::format("{} names \"{}\", expected parts among {}", key, part,
                        fmt::join(kParts, ", ")));
  }
}

bool holds(const std::vector<std::string>& parts, std::string_view part) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

void check_model(const Recipe& recipe) {
  const ModelSection& model = recipe.model;
  require_parts(model.train, "model.train");
  require_parts(model.fresh, "model.fresh");
  if (recipe.kind == Kind::full) {
    require(!model.train.empty(), "recipe.contradiction", "model.train names nothing to train");
    require(!holds(model.train, "vae"), "recipe.contradiction",
            "model.train names the vae, which has its own loss", "use `newbie train vae`");
    for (const std::string& part : model.fresh) {
      require(holds(model.train, part), "recipe.contradiction",
              fmt::format("model.fresh starts the {} from random values, but model.train leaves it "
                          "so",
                          part));
    }
  }
  require(recipe.kind != Kind::vae || recipe.vae.train != "decoder" || model.fresh.empty(),
          "recipe.contradiction",
          "vae.train is decoder, but model.fresh starts the encoder from random values too",
          "set model.fresh to []");
  require(recipe.kind != Kind::lora || model.fresh.empty(), "recipe.contradiction",
          "model.fresh: an adapter is an addition to trained weights", "use `newbie train full`");
}

void check_data(const Recipe& recipe) {
  require(!recipe.data.empty(), "recipe.missing", "there is no [[data]] to learn from");
  for (const DataSection& source : recipe.data) {
    require(source.kind == "world" || !source.path.empty(), "recipe.missing",
            fmt::format("data.path is empty, expected the {} of the pictures",
                        source.kind == "jsonl" ? "list" : "folder"));
  }
  require(recipe.pictures.resolution % 16 == 0, "recipe.range",
          fmt::format("pictures.resolution is {}, expected a multiple of 16",
                      recipe.pictures.resolution));
  bool all_drawn = true, all_files = true;
  for (const DataSection& source : recipe.data) {
    (source.kind == "world" ? all_files : all_drawn) = false;
  }
  require(recipe.kind != Kind::classifier || (recipe.data.size() == 1 && all_drawn),
          "recipe.contradiction",
          "a classifier learns what the world shows, and only one [[data]] of kind world knows it");
  require(recipe.pictures.late_resolution % 16 == 0, "recipe.range",
          fmt::format("pictures.late_resolution is {}, expected a multiple of 16",
                      recipe.pictures.late_resolution));
  require(recipe.pictures.late_resolution == 0 || concerns(kDiffusion, recipe.kind),
          "recipe.contradiction",
          fmt::format("pictures.late_resolution is {}, but newbie train {} reads one resolution",
                      recipe.pictures.late_resolution, name_of(recipe.kind)),
          "leave it out, or set it to 0");
  require(recipe.pictures.late_resolution == 0 || all_drawn || all_files, "recipe.contradiction",
          "pictures.late_resolution: the [[data]] are drawn ones and files together",
          "let them be all of one sort");
  require(prompt::layout_from_string(recipe.captions.layout).has_value(), "recipe.value",
          fmt::format("captions.layout is \"{}\", which is no layout", recipe.captions.layout),
          "`newbie prompt format --help` lists them");
}

void check_samples(const Recipe& recipe) {
  const SamplesSection& samples = recipe.samples;
  require(samples.every == 0 || recipe.kind == Kind::vae || !samples.prompts.empty(),
          "recipe.missing", "samples.every asks for pictures, but samples.prompts is empty");
  require(samples.width % 16 == 0 && samples.height % 16 == 0, "recipe.range",
          fmt::format("samples are {} x {} pixels, expected multiples of 16", samples.width,
                      samples.height));
}

}  // namespace

void validate(const Recipe& recipe) {
  require(!recipe.run.out.empty(), "recipe.missing",
          "run.out is empty, expected the folder of the run");
  require(!recipe.model.path.empty(), "recipe.missing",
          "model.path is empty, expected the model's folder");
  require(recipe.schedule.warmup <= recipe.run.steps, "recipe.contradiction",
          fmt::format("schedule.warmup is {} steps, but the run has {}", recipe.schedule.warmup,
                      recipe.run.steps));
  check_model(recipe);
  check_data(recipe);
  check_samples(recipe);
}

}  // namespace newbie::train
