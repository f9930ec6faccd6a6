#include "prompt/schema.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

using enum Place;
using enum ValueForm;

constexpr std::array kSchema{
    ElementRule{"character", top, elements, Repeat::numbered, "character_x",
                "One figure; the blocks are numbered character_1, character_2, ... without gaps.",
                "<n>$character_1$</n>"},
    ElementRule{"n", character, single, Repeat::error, "name",
                "The figure's name, or the placeholder that the caption uses for it.",
                "$character_1$"},
    ElementRule{"gender", character, single, Repeat::error, "", "1girl, 1boy or 1other.", "1girl"},
    ElementRule{"appearance", character, tags, Repeat::merge, "",
                "Hair, eyes, body and marks of descent.", "blue_hair, long_hair, red_eyes"},
    ElementRule{"clothing", character, tags, Repeat::merge, "",
                "Garments and accessories; left out when there are none.",
                "school_uniform, red_neckerchief"},
    ElementRule{"body_type", character, tags, Repeat::merge, "", "Build of the body.", "petite"},
    ElementRule{"expression", character, tags, Repeat::merge, "", "The face.", "happy, smile"},
    ElementRule{"action", character, tags, Repeat::merge, "", "Pose and held things.",
                "standing, holding_briefcase"},
    ElementRule{"interaction", character, tags, Repeat::merge, "",
                "What this figure does with another: tags or a sentence.", "holding_hands"},
    ElementRule{"position", character, single, Repeat::error, "",
                "Where the figure stands in the picture.", "center_left"},
    ElementRule{"general_tags", top, elements, Repeat::merge, "",
                "What is true of the whole picture.", "<count>2girls</count>"},
    ElementRule{"count", general, tags, Repeat::merge, "", "How many figures there are.",
                "2girls, multiple_girls"},
    ElementRule{"artists", general, tags, Repeat::merge, "artist", "Artists to draw like.",
                "artist:wlop"},
    ElementRule{"style", general, tags, Repeat::merge, "", "Style of drawing.",
                "anime_style, digital_art"},
    ElementRule{"background", general, tags, Repeat::merge, "", "What is behind the figures.",
                "white_background, simple_background"},
    ElementRule{"environment", general, tags, Repeat::merge, "weather",
                "Place, time of day and weather.", "outdoors, rain"},
    ElementRule{"perspective", general, tags, Repeat::merge, "composition",
                "Camera, framing and composition.", "full_body, from_above"},
    ElementRule{"atmosphere", general, tags, Repeat::merge, "", "Mood.", "cheerful"},
    ElementRule{"lighting", general, tags, Repeat::merge, "", "Light.", "backlighting"},
    ElementRule{
        "resolution", general, tags, Repeat::merge, "",
        "The fixed token of the training captions; it does not change the size of the picture.",
        "max_high_resolution"},
    ElementRule{"quality", general, tags, Repeat::merge, "", "Quality words.",
                "very_aesthetic, masterpiece, no_text"},
    ElementRule{"objects", general, tags, Repeat::merge, "", "Things in the scene.", "briefcase"},
    ElementRule{"other", general, tags, Repeat::merge, "extra_tags",
                "Everything without a better place.", "alternate_costume"},
    ElementRule{"body_type", general, tags, Repeat::merge, "",
                "Build, when it is true of everybody.", "chibi"},
    ElementRule{"danbooru_tags", negative, tags, Repeat::merge, "", "Tags to stay away from.",
                "low_score_rate, worst_quality"},
    ElementRule{"e621_tags", negative, tags, Repeat::merge, "", "E621 tags to stay away from.",
                "compression_artifacts"},
    ElementRule{
        "caption", top, prose, Repeat::join, "",
        "Sentences about the whole picture, last; they name figures as their n element does.",
        "$character_1$ stands left of $character_2$ and smiles."},
    ElementRule{"image", wrapper, elements, Repeat::merge, "", "Root of the ComfyUI builder nodes.",
                ""},
    ElementRule{"img", wrapper, elements, Repeat::merge, "", "Root of LLM formatters.", ""},
    ElementRule{"scene", wrapper, elements, Repeat::merge, "", "Root in articles.", ""},
    ElementRule{"document", wrapper, elements, Repeat::merge, "", "Root of older builder nodes.",
                ""},
};

std::string_view base_name(std::string_view name) {
  return character_number(name) > 0 ? std::string_view("character") : name;
}

bool has_alias(const ElementRule& rule, std::string_view name) {
  std::string_view rest = rule.aliases;
  while (!rest.empty()) {
    const size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == name) return true;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

Place place_inside(std::string_view parent) {
  if (character_number(parent) > 0) return character;
  return parent.empty() ? top : general;
}

template <class Matches>
const ElementRule* find_preferring(Place preferred, Matches&& matches) {
  const ElementRule* elsewhere = nullptr;
  for (const ElementRule& rule : kSchema) {
    if (!matches(rule)) continue;
    if (rule.place == preferred) return &rule;
    if (!elsewhere) elsewhere = &rule;
  }
  return elsewhere;
}

}  // namespace

std::span<const ElementRule> schema() { return kSchema; }

const ElementRule* find_rule(std::string_view canonical_name, Place place) {
  const std::string_view name = base_name(canonical_name);
  for (const ElementRule& rule : kSchema) {
    if (rule.name == name && rule.place == place) return &rule;
  }
  return nullptr;
}

const ElementRule* find_rule(std::string_view canonical_name) {
  const std::string_view name = base_name(canonical_name);
  const auto found = std::ranges::find(kSchema, name, &ElementRule::name);
  return found == kSchema.end() ? nullptr : &*found;
}

ResolvedName resolve_name(std::string_view written, std::string_view parent) {
  std::string name = to_lower(written);
  std::ranges::replace_if(name, is_space, '_');
  const Place preferred = place_inside(parent);
  ResolvedName result{.name = name, .number = character_number(name)};
  const std::string_view base = base_name(name);
  result.rule = find_preferring(preferred, [&](const ElementRule& r) { return r.name == base; });
  if (!result.rule) {
    result.rule =
        find_preferring(preferred, [&](const ElementRule& r) { return has_alias(r, base); });
    result.alias = result.rule != nullptr;
  }
  if (result.rule && result.number == 0) result.name = result.rule->name;
  if (result.name == "character") result.alias = true;
  return result;
}

int character_number(std::string_view name) {
  constexpr std::string_view kPrefix = "character_";
  if (!name.starts_with(kPrefix)) return 0;
  const std::string_view digits = name.substr(kPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  const bool plain = whole && digits.front() != '0' && digits.front() != '-';
  return plain && number <= 999 ? number : 0;
}

std::string nearest_element(std::string_view written) {
  std::vector<std::string_view> names;
  for (const ElementRule& rule : kSchema) {
    if (rule.place != wrapper && rule.name != "n") names.push_back(rule.name);
  }
  const std::string name = to_lower(written);
  // Words of other tools that no edit distance finds.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kMeanings{
      {{"mood", "atmosphere"},
       {"camera", "perspective"},
       {"pose", "action"},
       {"clothes", "clothing"},
       {"outfit", "clothing"},
       {"hair", "appearance"},
       {"eyes", "appearance"},
       {"face", "expression"},
       {"light", "lighting"},
       {"setting", "environment"},
       {"description", "caption"},
       {"items", "objects"}}};
  for (const auto& [word, element] : kMeanings) {
    if (word == name) return std::string(element);
  }
  return did_you_mean(name, names);
}

size_t canonical_rank(const ElementRule* rule) {
  return rule ? static_cast<size_t>(rule - kSchema.data()) : kSchema.size();
}

}  // namespace newbie::prompt
