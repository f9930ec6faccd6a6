#include "world/scene_prompt.h"

#include <fmt/format.h>

#include "prompt/print.h"

namespace newbie::world {
namespace {

constexpr Trait kTagTraits[] = {Trait::hair_color, Trait::hair_style, Trait::eye_color,
                                Trait::expression, Trait::accessory,  Trait::action,
                                Trait::position,   Trait::gender};
constexpr std::string_view kCharacterElements[] = {"gender",     "appearance", "clothing",
                                                   "expression", "action",     "position"};
constexpr std::string_view kSceneElements[] = {"style", "background", "environment", "perspective"};

const Value& value_of(const Character& who, Trait trait) { return table(trait).values[who[trait]]; }

void add_leaf(prompt::Element& parent, std::string_view name, prompt::Place place,
              std::vector<std::string> tags) {
  if (!tags.empty()) parent.children.push_back(prompt::make_element(name, place, std::move(tags)));
}

}  // namespace

std::string clothing_tag(const Character& who) {
  return fmt::format("{}_{}", value_of(who, Trait::clothing_color).tag,
                     value_of(who, Trait::clothing).tag);
}

std::vector<std::string> character_tags(const Character& who, std::string_view element) {
  std::vector<std::string> tags;
  if (element == "clothing") tags.push_back(clothing_tag(who));
  for (const Trait trait : kTagTraits) {
    if (trait == Trait::eye_color && who.expression() == Expression::closed_eyes) continue;
    const Value& value = value_of(who, trait);
    if (value.element == element && !value.tag.empty()) tags.emplace_back(value.tag);
  }
  return tags;
}

std::vector<std::string> scene_tags(const Scene& scene, std::string_view element) {
  std::vector<std::string> tags;
  for (int i = 0; i < kSceneTraitCount; ++i) {
    const auto trait = static_cast<SceneTrait>(i);
    // A white background has no time of day.
    if (trait == SceneTrait::time && scene.background() == Background::white_background) continue;
    const Value& value = table(trait).values[scene[trait]];
    if (value.element == element && !value.tag.empty()) tags.emplace_back(value.tag);
  }
  return tags;
}

std::vector<std::string> count_tags(const Scene& scene) {
  int boys = 0;
  for (const Character& who : scene.characters) boys += who.boy();
  const int girls = static_cast<int>(scene.characters.size()) - boys;
  std::vector<std::string> tags;
  if (girls > 0) tags.push_back(fmt::format("{}girl{}", girls, girls > 1 ? "s" : ""));
  if (boys > 0) tags.push_back(fmt::format("{}boy{}", boys, boys > 1 ? "s" : ""));
  return tags;
}

prompt::Prompt to_prompt(const Scene& scene) {
  prompt::Prompt prompt;
  for (size_t i = 0; i < scene.characters.size(); ++i) {
    prompt::Element block =
        prompt::make_element(fmt::format("character_{}", i + 1), prompt::Place::top);
    for (const std::string_view element : kCharacterElements) {
      add_leaf(block, element, prompt::Place::character,
               character_tags(scene.characters[i], element));
    }
    prompt.elements.push_back(std::move(block));
  }
  prompt::Element general = prompt::make_element("general_tags", prompt::Place::top);
  add_leaf(general, "count", prompt::Place::general, count_tags(scene));
  for (const std::string_view element : kSceneElements) {
    add_leaf(general, element, prompt::Place::general, scene_tags(scene, element));
  }
  prompt.elements.push_back(std::move(general));
  return prompt;
}

std::string to_xml(const Scene& scene) { return prompt::print(to_prompt(scene)); }

}  // namespace newbie::world
