#include "eval/worst.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace newbie::eval {
namespace {

std::string tag_of(world::Trait trait, uint8_t value) {
  const std::string_view tag = world::table(trait).values[value].tag;
  return tag.empty() ? "none" : std::string(tag);
}

}  // namespace

std::vector<Mistake> mistakes_of(const JudgedPicture& picture) {
  std::vector<Mistake> list;
  for (size_t place = 0; place < picture.asked.characters.size(); ++place) {
    const world::Character& asked = picture.asked.characters[place];
    const bool there = place < picture.seen.characters.size();
    for (const world::Trait trait : kJudged) {
      if (!is_visible(asked, trait)) continue;
      if (there && picture.seen.characters[place][trait] == asked[trait]) continue;
      list.push_back({place, trait, tag_of(trait, asked[trait]),
                      there ? tag_of(trait, picture.seen.characters[place][trait]) : "nobody"});
    }
  }
  return list;
}

std::vector<size_t> worst_of(const std::vector<JudgedPicture>& pictures, size_t most) {
  std::vector<size_t> order(pictures.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return mistakes(pictures[i]) == 0; });
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](size_t i) { return mistakes(pictures[i]); });
  order.resize(std::min(order.size(), most));
  return order;
}

std::string to_text(const std::vector<Mistake>& mistakes) {
  std::string out;
  for (const Mistake& mistake : mistakes) {
    out += fmt::format("{}{}: {} for {}", out.empty() ? "" : "; ", mistake.character + 1,
                       mistake.seen, mistake.asked);
  }
  return out;
}

}  // namespace newbie::eval
