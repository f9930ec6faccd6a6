#include "eval/scenes.h"

#include <fmt/format.h>

#include "base/error.h"
#include "world/caption.h"
#include "world/sampler.h"
#include "world/scene_prompt.h"

namespace newbie::eval {
namespace {

world::Sampler sampler(uint64_t seed, int characters, SceneRange range) {
  world::SceneOptions options;
  options.characters = characters;
  options.disjoint = true;
  options.judgeable = range == SceneRange::plain;
  options.any_gender = false;
  return world::Sampler(seed, options);
}

}  // namespace

std::string_view to_string(PromptStyle style) {
  switch (style) {
    case PromptStyle::xml:
      return "xml";
    case PromptStyle::grouped_tags:
      return "tags";
    case PromptStyle::shuffled_tags:
      return "shuffled";
    case PromptStyle::text:
      return "text";
  }
  return "xml";
}

PromptStyle prompt_style_named(std::string_view name) {
  using enum PromptStyle;
  for (const PromptStyle style : {xml, grouped_tags, shuffled_tags, text}) {
    if (to_string(style) == name) return style;
  }
  throw Error("request.field",
              fmt::format("style is \"{}\", expected xml, tags, shuffled or text", name));
}

std::string_view to_string(SceneRange range) {
  return range == SceneRange::plain ? "plain" : "all";
}

SceneRange scene_range_named(std::string_view name) {
  using enum SceneRange;
  for (const SceneRange range : {plain, all}) {
    if (to_string(range) == name) return range;
  }
  throw Error("request.field", fmt::format("scenes is \"{}\", expected plain or all", name));
}

world::Scene BindingScenes::scene(uint64_t index) const {
  const int characters = characters_ > 0 ? characters_ : 2 + static_cast<int>(index % 2);
  return sampler(seed_, characters, range_).scene(index);
}

uint64_t BindingScenes::picture_seed(uint64_t index) const {
  return sampler(seed_, 2, range_).picture_seed(index);
}

std::string BindingScenes::prompt(uint64_t index, PromptStyle style) const {
  const world::Scene asked = scene(index);
  world::Random random = world::Random::stream(picture_seed(index), 200);
  switch (style) {
    case PromptStyle::xml:
      return world::to_xml(asked);
    case PromptStyle::grouped_tags:
      return world::tag_caption(asked, random, false, 0);
    case PromptStyle::shuffled_tags:
      return world::tag_caption(asked, random, true, 0);
    case PromptStyle::text:
      return world::english_caption(asked, random, 0);
  }
  return world::to_xml(asked);
}

}  // namespace newbie::eval
