#include "world/scene.h"

#include <algorithm>

namespace newbie::world {
namespace {

constexpr double kOneToThree[] = {0.42, 0.42, 0.16};
constexpr double kOneToTwo[] = {0.55, 0.45};
constexpr double kHairStyles[] = {1.3, 1.1, 1.2, 1.2, 1, 1, 1, 1};
constexpr double kBoysHair[] = {7, 0.6, 0.6, 0, 0.6, 0, 0, 0};
constexpr double kBoysClothing[] = {0.4, 0, 3, 2, 3, 3, 2};
constexpr double kAccessories[] = {3.5, 1.1, 1.1, 1.1, 1, 1.1, 1.1, 1.1};
constexpr double kActions[] = {3, 1.5, 1.3, 1.5, 1.5};
constexpr double kActionsInView[] = {3, 1.6, 1.4, 1.4, 0};  // of portraits
constexpr double kAlone[] = {0.2, 0.6, 0.2};
constexpr double kBackgrounds[] = {2, 1, 1, 1, 1, 1, 1, 1};
constexpr double kWeathers[] = {6, 1, 1, 0.8, 0.8};
constexpr double kTimes[] = {2.2, 1, 1};
constexpr double kStyles[] = {6, 1.2, 1.2, 0.8};
constexpr double kFramingsOfOne[] = {0.45, 0.32, 0.23};
constexpr double kFramingsOfTwo[] = {0.62, 0.30, 0.08};
constexpr double kFramingsOfThree[] = {0.85, 0.15, 0};

int figures(Random& random, const SceneOptions& options) {
  if (options.characters > 0) return options.characters;
  return 1 + (options.aspect < 0.9 ? random.weighted(kOneToTwo) : random.weighted(kOneToThree));
}

uint8_t any(Random& random, Trait trait) {
  return static_cast<uint8_t>(random.below(static_cast<int>(table(trait).values.size())));
}

uint8_t by(Random& random, std::span<const double> weights) {
  return static_cast<uint8_t>(random.weighted(weights));
}

uint8_t sample_weather(Random& random, const SceneOptions& options) {
  if (options.weather_share <= 0) return by(random, kWeathers);
  constexpr int kKinds = std::size(kWeathers) - 1;
  return static_cast<uint8_t>(random.chance(options.weather_share) ? 1 + random.below(kKinds) : 0);
}

Character sample_character(Random& random, const SceneOptions& options, Framing framing) {
  Character who;
  const bool boy = options.any_gender && random.chance(0.24);
  who[Trait::gender] = boy;
  who[Trait::hair_color] = any(random, Trait::hair_color);
  who[Trait::hair_style] = boy ? by(random, kBoysHair) : by(random, kHairStyles);
  who[Trait::eye_color] = any(random, Trait::eye_color);
  who[Trait::expression] = any(random, Trait::expression);
  who[Trait::clothing] = boy ? by(random, kBoysClothing) : any(random, Trait::clothing);
  who[Trait::clothing_color] = any(random, Trait::clothing_color);
  who[Trait::accessory] = by(random, kAccessories);
  who[Trait::action] =
      by(random, framing == Framing::portrait ? std::span(kActionsInView) : std::span(kActions));
  return who;
}

constexpr Trait kDisjoint[] = {Trait::hair_color, Trait::hair_style, Trait::eye_color,
                               Trait::expression, Trait::clothing,   Trait::clothing_color,
                               Trait::accessory,  Trait::action};

bool shares_a_value(const Character& a, const Character& b) {
  return std::ranges::any_of(kDisjoint, [&](Trait trait) { return a[trait] == b[trait]; });
}

bool suits(const Character& who, const Scene& scene, const SceneOptions& options) {
  if (!options.disjoint) return true;
  return std::ranges::none_of(scene.characters,
                              [&](const Character& other) { return shares_a_value(who, other); });
}

}  // namespace

std::vector<Position> positions_of(int characters) {
  switch (characters) {
    case 1:
      return {Position::center};
    case 2:
      return {Position::left, Position::right};
    default:
      return {Position::left, Position::center, Position::right};
  }
}

Scene sample_scene(Random& random, const SceneOptions& options) {
  Scene scene;
  const int count = figures(random, options);
  scene[SceneTrait::background] = by(random, kBackgrounds);
  scene[SceneTrait::weather] = sample_weather(random, options);
  scene[SceneTrait::time] = by(random, kTimes);
  scene[SceneTrait::style] = by(random, kStyles);
  scene[SceneTrait::framing] = by(random, count == 1   ? kFramingsOfOne
                                          : count == 2 ? kFramingsOfTwo
                                                       : kFramingsOfThree);
  if (scene.background() == Background::white_background) scene[SceneTrait::time] = 0;
  if (scene.background() == Background::classroom) scene[SceneTrait::weather] = 0;
  if (options.judgeable) {
    if (scene.style() == PictureStyle::monochrome) scene[SceneTrait::style] = 0;
    scene[SceneTrait::framing] =
        static_cast<uint8_t>(count == 1 ? Framing::upper_body : Framing::full_body);
  }
  const std::vector<Position> positions = positions_of(count);
  while (scene.characters.size() < static_cast<size_t>(count)) {
    Character who = sample_character(random, options, scene.framing());
    if (!suits(who, scene, options)) continue;
    who[Trait::position] =
        count == 1 ? by(random, kAlone) : static_cast<uint8_t>(positions[scene.characters.size()]);
    scene.characters.push_back(who);
  }
  return scene;
}

}  // namespace newbie::world
