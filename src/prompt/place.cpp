#include "prompt/place.h"

#include <algorithm>
#include <set>
#include <string>

namespace newbie::prompt {
namespace {

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (char c : std::string(text) + " ") {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) {
      word += static_cast<char>(c | 0x20);
    } else if (!word.empty()) {
      words.insert(std::move(word));
      word.clear();
    }
  }
  return words;
}

struct Range {
  double begin = 0, end = 1000;
};

/// The half or so that one of two words names; nothing when none does, or both do.
std::optional<Range> half(const std::set<std::string>& words,
                          std::initializer_list<const char*> low,
                          std::initializer_list<const char*> high, double reach) {
  const auto any = [&](std::initializer_list<const char*> names) {
    return std::ranges::any_of(names, [&](const char* name) { return words.contains(name); });
  };
  if (any(low) == any(high)) return std::nullopt;
  return any(low) ? Range{0, reach} : Range{1000 - reach, 1000};
}

}  // namespace

std::optional<Box> box_of_position(std::string_view position) {
  const std::set<std::string> words = words_of(position);
  const bool centre =
      words.contains("center") || words.contains("centre") || words.contains("middle");
  // Two sides leave room between them; a side of the centre reaches to the middle.
  auto across = half(words, {"left"}, {"right"}, centre ? 500 : 450);
  if (!across && centre) across = Range{250, 750};
  const auto down = half(words, {"top", "upper", "above"}, {"bottom", "lower", "below"}, 500);
  if (!across && !down) return std::nullopt;
  const Range x = across.value_or(Range{}), y = down.value_or(Range{});
  return Box{x.begin, y.begin, x.end, y.end};
}

std::optional<Box> place_of(const Region& region) {
  return region.box ? region.box : box_of_position(region.position);
}

}  // namespace newbie::prompt
