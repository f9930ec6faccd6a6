#include "newbie/engine.h"

#include "engine/resolve.h"
#include "engine/run.h"

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
  engine::validate(request);
  engine::LoadedModel& model = state_->model;
  const GenerateRequest resolved =
      engine::resolve(request, model.defaults, model.device.prefers_bf16());
  model.prepare(resolved.dtype == "bf16" ? DType::bf16 : DType::f32, resolved.vae);
  return engine::Run(model, resolved, events)();
}

void Engine::cancel() noexcept { state_->model.cancel.request(); }

}  // namespace newbie
