#pragma once
/// Scenes that tests draw.

#include "world/sampler.h"

namespace newbie::test {

/// One girl in plain view, standing in a field.
inline world::Scene one_girl() {
  using namespace world;
  Scene scene;
  Character who;
  who[Trait::hair_color] = static_cast<uint8_t>(HairColor::brown);
  who[Trait::hair_style] = static_cast<uint8_t>(HairStyle::bob_cut);
  who[Trait::position] = static_cast<uint8_t>(Position::center);
  who[Trait::clothing_color] = static_cast<uint8_t>(ClothingColor::blue);
  scene.characters.push_back(who);
  scene[SceneTrait::background] = static_cast<uint8_t>(Background::field);
  return scene;
}

/// Scene number `index` of the world that tests look at.
inline world::Scene any_scene(uint64_t index) { return world::Sampler(42).scene(index); }

/// A scene without what its picture cannot show: eye colours behind closed lids.
inline world::Scene visible(world::Scene scene) {
  for (world::Character& who : scene.characters) {
    if (who.expression() == world::Expression::closed_eyes) who[world::Trait::eye_color] = 0;
  }
  return scene;
}

}  // namespace newbie::test
