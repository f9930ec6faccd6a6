#include "cli/eval_pictures.h"

#include <csignal>

#include "cli/request_options.h"

namespace newbie::cli {
namespace {

std::atomic<bool>* interrupted = nullptr;

}  // namespace

image::Picture EvalPictures::drawn(const world::Scene& scene, uint64_t seed) const {
  return world::render(scene, seed, {request.width, request.height}).picture;
}

EvalProgress::EvalProgress(bool quiet, std::string stage, int64_t total)
    : line_(quiet), stage_(std::move(stage)), total_(total) {
  interrupted = token_.flag();
  previous_ = std::signal(SIGINT, [](int) {
    interrupted->store(true);
    std::signal(SIGINT, SIG_DFL);
  });
}

EvalProgress::~EvalProgress() { std::signal(SIGINT, previous_); }

void EvalProgress::told(int64_t done) {
  token_.throw_if_requested();
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  line_.show({stage_, done, total_, elapsed,
              elapsed / static_cast<double>(done) * static_cast<double>(total_ - done)});
}

PictureMaker::PictureMaker(const EvalPictures& settings)
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
