#include "eval/binding.h"

#include <algorithm>

namespace newbie::eval {
namespace {

using world::Character;
using world::Scene;
using world::SceneTrait;
using world::Trait;

/// The character that stands where `asked.characters[place]` should be, if any.
const Character* found_at(const JudgedPicture& picture, size_t place) {
  return place < picture.seen.characters.size() ? &picture.seen.characters[place] : nullptr;
}

bool is_right(const JudgedPicture& picture, size_t place, Trait trait) {
  const Character* found = found_at(picture, place);
  return found && (*found)[trait] == picture.asked.characters[place][trait];
}

/// Does the character show a value that was asked of another one and not of itself?
bool leaks(const JudgedPicture& picture, size_t place, Trait trait) {
  const Character* found = found_at(picture, place);
  if (!found || is_right(picture, place, trait)) return false;
  for (size_t other = 0; other < picture.asked.characters.size(); ++other) {
    const Character& asked = picture.asked.characters[other];
    if (other != place && is_visible(asked, trait) && asked[trait] == (*found)[trait]) return true;
  }
  return false;
}

void count_character(const JudgedPicture& picture, size_t place, BindingReport& report) {
  const Character& asked = picture.asked.characters[place];
  const Character* found = found_at(picture, place);
  for (size_t i = 0; i < std::size(kJudged); ++i) {
    const Trait trait = kJudged[i];
    if (!is_visible(asked, trait)) continue;
    const bool right = is_right(picture, place, trait);
    report.attributes[i].add(right);
    report.binding.add(right);
    report.leakage.add(leaks(picture, place, trait));
    ConfusionTable& table = report.confusions[i];
    const size_t seen = found ? (*found)[trait] : table.nothing();
    ++table.counts[asked[trait] * (table.values + 1) + seen];
  }
}

bool colors_right(const JudgedPicture& picture) {
  for (size_t place = 0; place < picture.asked.characters.size(); ++place) {
    if (!is_right(picture, place, Trait::hair_color)) return false;
    if (!is_right(picture, place, Trait::clothing_color)) return false;
  }
  return true;
}

std::vector<ConfusionTable> empty_confusions() {
  std::vector<ConfusionTable> tables;
  for (const Trait trait : kJudged) {
    const size_t values = world::table(trait).values.size();
    tables.push_back({trait, values, std::vector<int64_t>(values * (values + 1), 0)});
  }
  return tables;
}

}  // namespace

bool is_visible(const Character& who, Trait trait) {
  return trait != Trait::eye_color || who.expression() != world::Expression::closed_eyes;
}

int mistakes(const JudgedPicture& picture) {
  int wrong = 0;
  for (size_t place = 0; place < picture.asked.characters.size(); ++place) {
    for (const Trait trait : kJudged) {
      wrong +=
          is_visible(picture.asked.characters[place], trait) && !is_right(picture, place, trait);
    }
  }
  return wrong;
}

BindingReport judge(std::span<const JudgedPicture> pictures) {
  BindingReport report;
  report.confusions = empty_confusions();
  for (const JudgedPicture& picture : pictures) {
    ++report.pictures;
    for (size_t place = 0; place < picture.asked.characters.size(); ++place) {
      count_character(picture, place, report);
    }
    const bool counted = picture.seen.characters.size() == picture.asked.characters.size();
    report.count.add(counted);
    report.counts.at(picture.asked.characters.size() - 1).add(counted);
    report.all_colors.add(colors_right(picture));
    report.all_attributes.add(counted && mistakes(picture) == 0);
    for (size_t t = 0; t < world::kSceneTraitCount; ++t) {
      report.scene[t].add(picture.seen.values[t] == picture.asked.values[t]);
    }
  }
  return report;
}

}  // namespace newbie::eval
