#include "world/caption.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "prompt/print.h"
#include "world/scene_prompt.h"

namespace newbie::world {
namespace {

/// How often parts of a picture are mentioned at all.
constexpr double kCountSaid = 0.5, kPositionSaid = 0.55, kFramingSaid = 0.7;
constexpr double kNumbersShuffled = 0.35, kTagsShuffled = 0.3;

void drop_some(std::vector<prompt::Item>& items, Random& random, double share) {
  std::erase_if(items, [&](const prompt::Item&) { return random.chance(share); });
}

/// Red dresses are called dresses now and then.
void drop_colour(std::vector<prompt::Item>& items, const Character& who, Random& random) {
  for (prompt::Item& item : items) {
    if (item.text == clothing_tag(who) && random.chance(kDropped)) {
      item.text = table(Trait::clothing).values[who[Trait::clothing]].tag;
    }
  }
}

void vary_character(prompt::Element& block, const Character& who, Random& random,
                    bool keep_position) {
  for (prompt::Element& leaf : block.children) {
    if (leaf.name == "position") {
      if (!keep_position) leaf.items.clear();
      continue;
    }
    drop_colour(leaf.items, who, random);
    drop_some(leaf.items, random, kDropped);
    if (random.chance(kTagsShuffled)) random.shuffle(leaf.items);
  }
  std::erase_if(block.children, [](const prompt::Element& leaf) { return leaf.items.empty(); });
}

double share_dropped(std::string_view element) {
  if (element == "count") return 1 - kCountSaid;
  if (element == "perspective") return 1 - kFramingSaid;
  return kDropped;
}

std::string xml_caption(const Scene& scene, Random& random) {
  prompt::Prompt prompt = to_prompt(scene);
  const size_t count = scene.characters.size();
  // Numbers say nothing about places when they are shuffled, so the places are always given then.
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  const bool shuffled = count > 1 && random.chance(kNumbersShuffled);
  if (shuffled) random.shuffle(order);
  const bool positions = shuffled || random.chance(kPositionSaid);
  std::vector<prompt::Element> blocks;
  for (size_t i = 0; i < count; ++i) {
    prompt::Element block = prompt.elements[order[i]];
    block.name = fmt::format("character_{}", i + 1);
    vary_character(block, scene.characters[order[i]], random, positions);
    blocks.push_back(std::move(block));
  }
  prompt::Element& general = prompt.elements.back();
  for (prompt::Element& leaf : general.children) {
    drop_some(leaf.items, random, share_dropped(leaf.name));
  }
  std::erase_if(general.children, [](const prompt::Element& leaf) { return leaf.items.empty(); });
  if (!general.children.empty()) blocks.push_back(std::move(general));
  prompt.elements = std::move(blocks);
  return prompt::print(prompt);
}

}  // namespace

std::string_view to_string(CaptionKind kind) {
  constexpr std::string_view kNames[kCaptionKinds] = {
      "full_xml", "xml", "grouped_tags", "shuffled_tags", "english", "chinese", "empty"};
  return kNames[static_cast<size_t>(kind)];
}

CaptionKind sample_kind(Random& random, const CaptionMix& mix) {
  return static_cast<CaptionKind>(random.weighted(mix.weights));
}

std::string tag_caption(const Scene& scene, Random& random, bool shuffled, double dropped) {
  const auto add = [&](std::vector<std::string>& to, std::vector<std::string> tags, double share) {
    for (std::string& tag : tags) {
      if (!random.chance(share)) to.push_back(std::move(tag));
    }
  };
  std::vector<std::string> people;
  for (const Character& who : scene.characters) {
    for (const std::string_view element : {"appearance", "clothing", "expression", "action"}) {
      add(people, character_tags(who, element), dropped);
    }
    // A list has no word for whose place it is, except when there is one person.
    if (scene.characters.size() == 1 && who.position() != Position::center) {
      add(people, character_tags(who, "position"), dropped);
    }
  }
  std::vector<std::string> rest;
  for (const std::string_view element : {"background", "environment", "style", "perspective"}) {
    add(rest, scene_tags(scene, element), dropped > 0 ? share_dropped(element) : 0);
  }
  std::vector<std::string> tags = count_tags(scene);
  if (shuffled) random.shuffle(people);
  tags.insert(tags.end(), people.begin(), people.end());
  tags.insert(tags.end(), rest.begin(), rest.end());
  return fmt::format("{}", fmt::join(tags, ", "));
}

std::string caption(const Scene& scene, CaptionKind kind, Random& random) {
  switch (kind) {
    case CaptionKind::full_xml:
      return to_xml(scene);
    case CaptionKind::xml:
      return xml_caption(scene, random);
    case CaptionKind::grouped_tags:
      return tag_caption(scene, random, false);
    case CaptionKind::shuffled_tags:
      return tag_caption(scene, random, true);
    case CaptionKind::english:
      return english_caption(scene, random);
    case CaptionKind::chinese:
      return chinese_caption(scene, random);
    case CaptionKind::empty:
      return "";
  }
  return "";
}

}  // namespace newbie::world
