#pragma once
/// A picture in words: what is in it, without a line of how it is drawn.

#include <array>
#include <cstdint>
#include <vector>

#include "world/attributes.h"
#include "world/random.h"

namespace newbie::world {

/// One figure; starts as the first value of everything.
struct Character {
  std::array<uint8_t, kTraitCount> values{};

  uint8_t& operator[](Trait trait) { return values[static_cast<size_t>(trait)]; }
  uint8_t operator[](Trait trait) const { return values[static_cast<size_t>(trait)]; }
  HairColor hair_color() const { return HairColor{(*this)[Trait::hair_color]}; }
  HairStyle hair_style() const { return HairStyle{(*this)[Trait::hair_style]}; }
  EyeColor eye_color() const { return EyeColor{(*this)[Trait::eye_color]}; }
  Expression expression() const { return Expression{(*this)[Trait::expression]}; }
  Clothing clothing() const { return Clothing{(*this)[Trait::clothing]}; }
  ClothingColor clothing_color() const { return ClothingColor{(*this)[Trait::clothing_color]}; }
  Accessory accessory() const { return Accessory{(*this)[Trait::accessory]}; }
  Action action() const { return Action{(*this)[Trait::action]}; }
  Position position() const { return Position{(*this)[Trait::position]}; }
  bool boy() const { return Gender{(*this)[Trait::gender]} == Gender::boy; }
  bool operator==(const Character&) const = default;
};

/// One to three characters, from left to right, and what surrounds them.
struct Scene {
  std::vector<Character> characters;
  std::array<uint8_t, kSceneTraitCount> values{};

  uint8_t& operator[](SceneTrait trait) { return values[static_cast<size_t>(trait)]; }
  uint8_t operator[](SceneTrait trait) const { return values[static_cast<size_t>(trait)]; }
  Background background() const { return Background{(*this)[SceneTrait::background]}; }
  Weather weather() const { return Weather{(*this)[SceneTrait::weather]}; }
  Time time() const { return Time{(*this)[SceneTrait::time]}; }
  PictureStyle style() const { return PictureStyle{(*this)[SceneTrait::style]}; }
  Framing framing() const { return Framing{(*this)[SceneTrait::framing]}; }
  bool operator==(const Scene&) const = default;
};

inline constexpr int kMostCharacters = 3;

/// The positions that a number of characters takes, from left to right.
std::vector<Position> positions_of(int characters);

/// What a random scene may be.
struct SceneOptions {
  int characters = 0;        ///< 0: one to three
  double aspect = 1;         ///< width / height; a tall picture holds fewer figures
  bool disjoint = false;     ///< no two characters share a value (positions and genders aside)
  bool any_gender = true;    ///< false: girls only, so that every value can meet every other
  double weather_share = 0;  ///< of scenes outdoors, each weather as often; 0: as the world has it
  bool judgeable = false;    ///< colours and whole figures: no monochrome, no portraits
};

/// A scene out of the distribution that models are trained on.
Scene sample_scene(Random& random, const SceneOptions& options = {});

}  // namespace newbie::world
