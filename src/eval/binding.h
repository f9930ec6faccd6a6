#pragma once
/// Did every attribute land on the right character? Pure counting over what was asked and what a
/// judge saw.

#include <array>
#include <span>
#include <vector>

#include "eval/proportion.h"
#include "world/scene.h"

namespace newbie::eval {

/// The attributes that are judged, in the order of reports.
inline constexpr world::Trait kJudged[] = {world::Trait::hair_color, world::Trait::hair_style,
                                           world::Trait::eye_color,  world::Trait::expression,
                                           world::Trait::clothing,   world::Trait::clothing_color,
                                           world::Trait::accessory,  world::Trait::action};

/// Can the attribute be seen? An eye colour behind closed lids cannot.
bool is_visible(const world::Character& who, world::Trait trait);

/// One picture: what was asked for, and what a judge saw, both from left to right.
struct JudgedPicture {
  world::Scene asked;
  world::Scene seen;  ///< may hold more or fewer characters
};

/// Counts of what was asked (rows) and what was seen (columns, one more for nothing).
struct ConfusionTable {
  world::Trait trait{};
  size_t values = 0;
  std::vector<int64_t> counts;  ///< [values, values + 1]

  int64_t at(size_t asked, size_t seen) const { return counts[asked * (values + 1) + seen]; }
  /// Of a character that was asked for and not there.
  size_t nothing() const { return values; }
};

/// What was counted over all pictures.
struct BindingReport {
  int64_t pictures = 0;
  /// Right attribute on the right character, per attribute of kJudged.
  std::array<Proportion, std::size(kJudged)> attributes;
  /// The same over all attributes: the binding accuracy.
  Proportion binding;
  /// Another character's value of that attribute, which was asked for elsewhere in the picture.
  Proportion leakage;
  /// Pictures in which hair and clothing colours of all characters are right.
  Proportion all_colors;
  /// Pictures without any mistake.
  Proportion all_attributes;
  /// Pictures with as many characters as asked; the same by how many were asked for.
  Proportion count;
  std::array<Proportion, world::kMostCharacters> counts;
  /// Pictures with the right background, weather, time, style, framing.
  std::array<Proportion, world::kSceneTraitCount> scene;
  std::vector<ConfusionTable> confusions;  ///< one per attribute of kJudged

  double binding_accuracy() const { return binding.value(); }
};

/// Characters are compared place by place, from left to right; one that is missing has everything
/// wrong, one too many counts against `count` only.
BindingReport judge(std::span<const JudgedPicture> pictures);

/// How many of a picture's attributes are wrong: the worst cases come first in a sheet.
int mistakes(const JudgedPicture& picture);

}  // namespace newbie::eval
