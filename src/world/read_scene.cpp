#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "prompt/canonical.h"
#include "prompt/chinese.h"
#include "prompt/parse.h"
#include "prompt/structure.h"
#include "prompt/tag_table.h"
#include "world/scene_prompt.h"

namespace newbie::world {
namespace {

/// Other names under which the world's values are met.
struct Alias {
  std::string_view written, tag;
};
constexpr Alias kAliases[] = {
    {"silver_hair", "grey_hair"},
    {"white_hair", "grey_hair"},
    {"aqua_hair", "blue_hair"},
    {"light_blue_hair", "blue_hair"},
    {"medium_hair", "bob_cut"},
    {"very_long_hair", "long_hair"},
    {"straight_hair", "long_hair"},
    {"long_twintails", "twintails"},
    {"low_twintails", "twintails"},
    {"high_ponytail", "ponytail"},
    {"side_ponytail", "ponytail"},
    {"braid", "twin_braids"},
    {"twin_drills", "drill_hair"},
    {"hair_bun", "double_bun"},
    {"teal_eyes", "aqua_eyes"},
    {"amber_eyes", "yellow_eyes"},
    {"orange_eyes", "yellow_eyes"},
    {"light_smile", "smile"},
    {"happy", "smile"},
    {"laughing", "open_mouth"},
    {":d", "open_mouth"},
    {"crying", "sad"},
    {"tears", "sad"},
    {"embarrassed", "blush"},
    {"annoyed", "angry"},
    {"school_uniform", "serafuku"},
    {"sailor_uniform", "serafuku"},
    {"sundress", "dress"},
    {"yukata", "kimono"},
    {"shirt", "t-shirt"},
    {"hair_ribbon", "hair_bow"},
    {"bow", "hair_bow"},
    {"hat", "straw_hat"},
    {"flower", "hair_flower"},
    {"animal_ears", "cat_ears"},
    {"hand_up", "waving"},
    {"umbrella", "holding_umbrella"},
    {"hands_on_hips", "hands_on_own_hips"},
    {"center_left", "left"},
    {"center_right", "right"},
    {"simple_background", "white_background"},
    {"grass", "field"},
    {"meadow", "field"},
    {"sky", "field"},
    {"ocean", "beach"},
    {"sea", "beach"},
    {"cityscape", "city"},
    {"street", "city"},
    {"cherry_tree", "cherry_blossoms"},
    {"torii", "shrine"},
    {"snowing", "snow"},
    {"windy", "wind"},
    {"evening", "sunset"},
    {"starry_sky", "night"},
    {"night_sky", "night"},
    {"greyscale", "monochrome"},
    {"lineart", "sketch"},
    {"cowboy_shot", "upper_body"},
    {"close-up", "portrait"},
    {"male", "1boy"},
    {"female", "1girl"},
};

/// Elements that speak of the whole picture without saying what is in it.
constexpr std::string_view kUndrawn[] = {"n",          "artists",  "quality", "resolution",
                                         "atmosphere", "lighting", "count"};

std::string known_tag(std::string_view written) {
  const std::string key = prompt::tag_key(written);
  for (const Alias& alias : kAliases) {
    if (alias.written == key) return std::string(alias.tag);
  }
  return key;
}

/// The tags of an element, Chinese words translated.
std::vector<std::string> tags_of(const prompt::Element& leaf) {
  std::vector<std::string> tags;
  for (const prompt::Item& item : leaf.items) {
    const std::string text = prompt::translate_chinese(item.text).text;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(", ", begin), text.size());
      tags.push_back(text.substr(begin, end - begin));
      begin = end + 2;
    }
  }
  return tags;
}

std::optional<uint8_t> find(const TraitTable& traits, std::string_view tag) {
  for (size_t i = 0; i < traits.values.size(); ++i) {
    if (!tag.empty() && traits.values[i].tag == tag) return static_cast<uint8_t>(i);
  }
  return std::nullopt;
}

/// A character with what has been said of it.
struct Described {
  Character who;
  std::array<bool, kTraitCount> said{};
  size_t block = 0;

  void set(Trait trait, uint8_t value) {
    who[trait] = value;
    said[static_cast<size_t>(trait)] = true;
  }
  bool knows(Trait trait) const { return said[static_cast<size_t>(trait)]; }
};

/// "red_dress", "dress", "red_clothes".
bool read_clothing(Described& to, std::string_view tag) {
  if (const auto clothing = find(table(Trait::clothing), known_tag(tag))) {
    to.set(Trait::clothing, *clothing);
    return true;
  }
  const size_t cut = tag.find('_');
  if (cut == tag.npos) return false;
  const auto colour = find(table(Trait::clothing_color), tag.substr(0, cut));
  const std::string_view rest = tag.substr(cut + 1);
  const auto clothing = find(table(Trait::clothing), known_tag(rest));
  if (!colour || !(clothing || rest == "clothes")) return false;
  to.set(Trait::clothing_color, *colour);
  if (clothing) to.set(Trait::clothing, *clothing);
  return true;
}

bool read_character_tag(Described& to, std::string_view written) {
  const std::string tag = known_tag(written);
  for (int i = 0; i < kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    if (trait == Trait::clothing || trait == Trait::clothing_color) continue;
    if (const auto value = find(table(trait), tag)) {
      to.set(trait, *value);
      return true;
    }
  }
  return read_clothing(to, prompt::tag_key(written));
}

class SceneReader {
 public:
  SceneReader(const prompt::Prompt& prompt, uint64_t seed) : random_(Random::stream(seed, 100)) {
    for (const prompt::Element& element : prompt.elements) {
      if (element.character() > 0) {
        read_character(element);
      } else if (element.name == "general_tags") {
        for (const prompt::Element& child : element.children) read_general(child);
      } else if (!element.items.empty()) {
        unknown("", element.name.empty() ? "the text" : element.name);
      }
    }
  }

  ReadScene finish() {
    if (people_.empty()) {
      throw Error("world.no_characters", "the prompt has no character that could be drawn")
          .hint("write a block <character_1> ... </character_1>, or a tag list with `1girl`");
    }
    while (people_.size() > kMostCharacters) {
      unknown("", fmt::format("character_{}: the world has at most {} characters", people_.size(),
                              kMostCharacters));
      people_.pop_back();
    }
    for (Described& person : people_) complete(person);
    arrange();
    for (const Described& person : people_) {
      result_.scene.characters.push_back(person.who);
      result_.blocks.push_back(person.block);
    }
    return std::move(result_);
  }

 private:
  void unknown(std::string_view where, std::string_view what) {
    result_.unknown.push_back(where.empty() ? std::string(what)
                                            : fmt::format("{}: {}", where, what));
  }

  void read_character(const prompt::Element& block) {
    Described person;
    person.block = people_.size();
    for (const prompt::Element& leaf : block.children) {
      if (std::ranges::find(kUndrawn, leaf.name) != std::end(kUndrawn)) continue;
      for (const std::string& tag : tags_of(leaf)) {
        if (!read_character_tag(person, tag)) unknown(block.name, tag);
      }
    }
    people_.push_back(person);
  }

  void read_general(const prompt::Element& leaf) {
    if (std::ranges::find(kUndrawn, leaf.name) != std::end(kUndrawn)) return;
    for (const std::string& written : tags_of(leaf)) {
      const std::string tag = known_tag(written);
      bool known = false;
      for (int i = 0; i < kSceneTraitCount && !known; ++i) {
        const auto trait = static_cast<SceneTrait>(i);
        const auto value = find(table(trait), tag);
        if (value) result_.scene[trait] = *value;
        known = value.has_value();
      }
      if (!known) unknown(leaf.name, written);
    }
  }

  /// What makes a person and was not said is chosen; the rest stays plain.
  void complete(Described& person) {
    for (const Trait trait : {Trait::hair_color, Trait::hair_style, Trait::eye_color,
                              Trait::expression, Trait::clothing, Trait::clothing_color}) {
      const auto value =
          static_cast<uint8_t>(random_.below(static_cast<int>(table(trait).values.size())));
      if (person.knows(trait)) continue;
      if (trait == Trait::eye_color && person.knows(Trait::expression) &&
          person.who.expression() == Expression::closed_eyes) {
        continue;  // nobody can tell
      }
      person.set(trait, value);
      result_.assumed.push_back(fmt::format("character_{}: {} is {}", person.block + 1,
                                            table(trait).name, table(trait).values[value].tag));
    }
  }

  /// From left to right; those without a place stand where room is left.
  void arrange() {
    const std::vector<Position> places = positions_of(static_cast<int>(people_.size()));
    if (people_.size() == 1) {
      if (!people_[0].knows(Trait::position))
        people_[0].who[Trait::position] = static_cast<uint8_t>(places[0]);
      return;
    }
    std::vector<Described> placed;
    std::vector<bool> taken(people_.size(), false);
    for (const Position place : places) {
      auto next = people_.size();
      for (size_t i = 0; i < people_.size() && next == people_.size(); ++i) {
        if (!taken[i] && people_[i].knows(Trait::position) && people_[i].who.position() == place)
          next = i;
      }
      for (size_t i = 0; i < people_.size() && next == people_.size(); ++i) {
        if (!taken[i] && !wants_one_of(places, people_[i])) next = i;
      }
      for (size_t i = 0; i < people_.size() && next == people_.size(); ++i) {
        if (!taken[i]) next = i;
      }
      taken[next] = true;
      placed.push_back(people_[next]);
      placed.back().who[Trait::position] = static_cast<uint8_t>(place);
    }
    people_ = std::move(placed);
  }
  static bool wants_one_of(const std::vector<Position>& places, const Described& person) {
    return person.knows(Trait::position) &&
           std::ranges::find(places, person.who.position()) != places.end();
  }

  Random random_;
  std::vector<Described> people_;
  ReadScene result_;
};

}  // namespace

ReadScene read_scene(const std::string& source, uint64_t seed) {
  prompt::Parsed parsed = prompt::parse(source);
  prompt::Prompt prompt =
      prompt::structure(parsed, {.shared = prompt::SharedTags::all, .translate_chinese = true})
          .prompt;
  prompt = prompt::canonicalize(prompt, &prompt::tag_table());
  return SceneReader(prompt, seed).finish();
}

}  // namespace newbie::world
