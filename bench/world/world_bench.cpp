/// How many pictures does one core draw, and where does the time go? The floor is 150 pictures of
/// 256 x 256 a second (items_per_second of `sample`); a trainer that draws its pictures while it
/// trains lives on this number.

#include <benchmark/benchmark.h>

#include "world/backdrop.h"
#include "world/layout.h"
#include "world/sampler.h"
#include "world/scene_prompt.h"

namespace newbie::world {
namespace {

/// The mixture that models are trained on: scene, picture, part map, prompt.
void sample(benchmark::State& state) {
  const Sampler sampler(1);
  const Size size{state.range(0), state.range(0)};
  uint64_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sampler.draw(index++ % 256, size));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sample)->Arg(128)->Arg(256)->Arg(384)->Arg(512)->Unit(benchmark::kMillisecond);

void characters(benchmark::State& state) {
  SceneOptions options;
  options.characters = static_cast<int>(state.range(0));
  const Sampler sampler(1, options);
  uint64_t index = 0;
  for (auto _ : state) {
    const uint64_t i = index++ % 64;
    benchmark::DoNotOptimize(render(sampler.scene(i), i));
  }
}
BENCHMARK(characters)->DenseRange(1, 3)->Unit(benchmark::kMillisecond);

void background(benchmark::State& state) {
  Scene scene = Sampler(1).scene(0);
  scene[SceneTrait::background] = static_cast<uint8_t>(state.range(0));
  state.SetLabel(
      std::string(table(SceneTrait::background).values[scene[SceneTrait::background]].tag));
  const Look look;
  uint64_t seed = 0;
  for (auto _ : state) {
    Canvas canvas(256, 256);
    draw_backdrop(canvas, look, scene, seed++);
  }
}
BENCHMARK(background)->DenseRange(0, 7)->Unit(benchmark::kMicrosecond);

/// Making surfaces and reading the picture and the part map out of them.
void surfaces(benchmark::State& state) {
  for (auto _ : state) {
    const Canvas canvas(256, 256);
    benchmark::DoNotOptimize(canvas.picture());
    benchmark::DoNotOptimize(canvas.parts());
  }
}
BENCHMARK(surfaces)->Unit(benchmark::kMicrosecond);

void prompt_text(benchmark::State& state) {
  const Sampler sampler(1);
  uint64_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(to_xml(sampler.scene(index++ % 256)));
}
BENCHMARK(prompt_text)->Unit(benchmark::kMicrosecond);

void captions(benchmark::State& state) {
  const Sampler sampler(1);
  const Scene scene = sampler.scene(1);
  uint64_t variant = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sampler.caption(1, scene, variant++));
}
BENCHMARK(captions)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace newbie::world
