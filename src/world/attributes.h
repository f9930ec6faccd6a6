#pragma once
/// What can be said about a picture of the world, as tables: every attribute, its values, and the
/// tag, element and words each is written with. Drawing switches on the enumerations; prompts,
/// captions, classifiers and docs read the tables. The order of values is part of the format of
/// ground truth and trained classifiers: add at the end.

#include <cstdint>
#include <span>
#include <string_view>

namespace newbie::world {

enum class HairColor : uint8_t {
  blonde,
  brown,
  black,
  blue,
  pink,
  red,
  green,
  purple,
  grey,
  orange
};
enum class HairStyle : uint8_t {
  short_hair,
  bob_cut,
  long_hair,
  twintails,
  ponytail,
  twin_braids,
  drill_hair,
  double_bun
};
enum class EyeColor : uint8_t { blue, red, green, brown, purple, yellow, aqua, pink };
enum class Expression : uint8_t { smile, open_mouth, closed_eyes, angry, sad, blush, surprised };
enum class Clothing : uint8_t { serafuku, dress, hoodie, kimono, suit, t_shirt, overalls };
enum class ClothingColor : uint8_t { red, blue, green, yellow, purple, white, black, pink };
enum class Accessory : uint8_t {
  none,
  cat_ears,
  hair_bow,
  glasses,
  straw_hat,
  hair_flower,
  headphones,
  scarf
};
enum class Action : uint8_t { standing, waving, arms_up, holding_umbrella, hands_on_hips };
enum class Position : uint8_t { left, center, right };
enum class Gender : uint8_t { girl, boy };

enum class Background : uint8_t {
  white_background,
  field,
  beach,
  city,
  forest,
  classroom,
  cherry_blossoms,
  shrine
};
enum class Weather : uint8_t { clear, rain, snow, fog, wind };
enum class Time : uint8_t { day, sunset, night };
enum class PictureStyle : uint8_t { cel_shading, flat_color, sketch, monochrome };
enum class Framing : uint8_t { full_body, upper_body, portrait };

/// One attribute of a character, in the order of kCharacterTraits.
enum class Trait : uint8_t {
  hair_color,
  hair_style,
  eye_color,
  expression,
  clothing,
  clothing_color,
  accessory,
  action,
  position,
  gender
};
inline constexpr int kTraitCount = 10;

/// One attribute of the whole picture, in the order of kSceneTraits.
enum class SceneTrait : uint8_t { background, weather, time, style, framing };
inline constexpr int kSceneTraitCount = 5;

/// One value of an attribute.
struct Value {
  std::string_view tag;      ///< "blonde_hair"; "" says nothing (no accessory, clear weather). Of a
                             ///< clothing colour the part before `_dress`: "red"
  std::string_view element;  ///< of the prompt language: "appearance", "environment"
  std::string_view english;  ///< in a sentence: "blonde hair", "with a straw hat"
  std::string_view chinese;  ///< the same in Chinese
};

/// An attribute and its values, in the order of its enumeration.
struct TraitTable {
  std::string_view name;  ///< "hair_color"
  std::span<const Value> values;
};

/// Shapes: kTraitCount and kSceneTraitCount rows.
std::span<const TraitTable> character_traits();
std::span<const TraitTable> scene_traits();

const TraitTable& table(Trait trait);
const TraitTable& table(SceneTrait trait);

}  // namespace newbie::world
