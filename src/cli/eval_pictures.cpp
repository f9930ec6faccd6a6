#include "cli/eval_pictures.h"

#include "cli/options.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "engine/device_choice.h"

namespace newbie::cli {

Device EvalSettings::device() const {
  return engine::device_named(engine.device, static_cast<int>(engine.threads));
}

eval::Judge EvalSettings::judge() const {
  if (!classifier.empty()) return {classifier, device()};
  const std::filesystem::path beside = engine.model / "classifier";
  std::error_code ignored;
  if (!engine.model.empty() && std::filesystem::is_directory(beside, ignored)) {
    return {beside, device()};
  }
  throw Error("request.field", "no classifier was given, and the model's folder has none")
      .hint("--classifier FOLDER; `newbie train classifier` makes one");
}

void add_eval_options(CLI::App& command, EvalSettings& settings) {
  settings.request.width = settings.request.height = 256;
  add_engine_options(command, settings.engine);
  add_request_options(command, settings.request);
  command.add_option("--classifier", settings.classifier,
                     "the folder of the judge; default: classifier/ in the model's folder");
  command.add_flag("--ground-truth", settings.ground_truth,
                   "look at pictures drawn by the world instead of the model's");
  command.add_flag("--json", settings.json, "print everything as JSON");
  command.add_flag("-q,--quiet", settings.quiet, "show no progress");
  add_color_option(command);
}

image::Picture EvalSettings::drawn(const world::Scene& scene, uint64_t seed) const {
  return world::render(scene, seed, {*request.width, *request.height}).picture;
}

void EvalProgress::told(int64_t done) {
  token_.throw_if_requested();
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  line_.show({stage_, done, total_, elapsed,
              elapsed / static_cast<double>(done) * static_cast<double>(total_ - done)});
}

PictureMaker::PictureMaker(const EvalSettings& settings)
    : settings_(settings),
      progress_(settings.quiet, settings.ground_truth ? "look" : "draw and look",
                settings.request.count) {
  if (!settings.ground_truth) require_model(settings.engine);
}

image::Picture PictureMaker::operator()(const std::string& prompt, uint64_t seed) {
  if (!engine_) {
    EngineOptions options = settings_.engine;
    options.keep_loaded = true;
    engine_ = std::make_unique<Engine>(options);
  }
  GenerateRequest request = settings_.request;
  request.prompt = prompt;
  request.seed = seed;
  request.count = request.batch = 1;
  image::Picture picture;
  GenerateEvents events;
  events.image = [&](GeneratedImage made) {
    picture = {made.pixels.width, made.pixels.height, 3, std::move(made.pixels.rgb)};
  };
  const InterruptHandler interrupt(*engine_);
  engine_->generate(request, events);
  return picture;
}

}  // namespace newbie::cli
