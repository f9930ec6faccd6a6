#include "newbie/engine.h"

#include "engine/recipe.h"
#include "engine/resolve.h"
#include "engine/run.h"
#include "newbie/error.h"

namespace newbie {

struct Engine::State {
  explicit State(const EngineOptions& options) : model(options) {}
  engine::LoadedModel model;
};

Engine::Engine(const EngineOptions& options) : state_(std::make_unique<State>(options)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

RunReport Engine::generate(const GenerateRequest& request, const GenerateEvents& events) {
  const GenerateRequest resolved = resolve(request);
  engine::LoadedModel& model = state_->model;
  model.prepare(resolved);
  try {
    return engine::Run(model, resolved, events)();
  } catch (const Error& error) {
    if (error.code() == "request.cancelled") model.cancel.clear();
    throw;
  }
}

GenerateRequest Engine::resolve(const GenerateRequest& request) const {
  engine::validate(request);
  const engine::LoadedModel& model = state_->model;
  return engine::resolve(request, model.defaults, model.device);
}

std::string Engine::recipe_id(const GenerateRequest& request) {
  const GenerateRequest resolved = resolve(request);
  engine::LoadedModel& model = state_->model;
  ModelFolder parts = model.folder;
  parts.vae = engine::find_vae(model.folder, resolved.vae);
  return engine::recipe_id(resolved, engine::hash_weights(parts, model.device, model.hashes),
                           engine::hash_inputs(resolved));
}

void Engine::cancel() noexcept { state_->model.cancel.request(); }

}  // namespace newbie
