#include "prompt/structure_count.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace newbie::prompt {
namespace {

constexpr size_t kMostFigures = 8;

struct Gender {
  std::string_view one, many, single_tag;
};
constexpr std::array<Gender, 3> kGenders = {
    {{"girl", "girls", "1girl"}, {"boy", "boys", "1boy"}, {"other", "others", "1other"}}};

}  // namespace

std::optional<CountTag> read_count_tag(std::string_view tag) {
  for (const Gender& gender : kGenders) {
    if (tag == gender.single_tag) return CountTag{gender.single_tag, 1, false};
    if (!tag.ends_with(gender.many)) continue;
    const std::string_view number = tag.substr(0, tag.size() - gender.many.size());
    if (number == "multiple_") return CountTag{gender.single_tag, 2, true};
    if (number == "6+") return CountTag{gender.single_tag, 6, true};
    if (number.size() == 1 && number[0] >= '2' && number[0] <= '6') {
      return CountTag{gender.single_tag, static_cast<size_t>(number[0] - '0'), false};
    }
  }
  return std::nullopt;
}

std::vector<std::string> counted_figures(const std::vector<std::string>& tags) {
  std::vector<CountTag> counts;
  for (const std::string& tag : tags) {
    const std::optional<CountTag> count = read_count_tag(tag);
    if (!count) continue;
    const auto same = std::ranges::find(counts, count->gender, &CountTag::gender);
    if (same == counts.end()) {
      counts.push_back(*count);
    } else if (same->figures < count->figures || (same->at_least && !count->at_least)) {
      *same = *count;
    }
  }
  std::vector<std::string> figures;
  for (const CountTag& count : counts) {
    figures.insert(figures.end(), count.figures, std::string(count.gender));
  }
  if (figures.size() > kMostFigures) figures.resize(kMostFigures);
  return figures;
}

std::vector<std::string> count_tags_of(const std::vector<std::string>& genders) {
  std::vector<std::string> tags;
  std::vector<std::string_view> done;
  for (const std::string& gender : genders) {
    const auto known = std::ranges::find(kGenders, gender, &Gender::single_tag);
    if (known == kGenders.end() || std::ranges::find(done, gender) != done.end()) continue;
    done.push_back(gender);
    const auto figures = std::ranges::count(genders, gender);
    if (figures == 1)
      tags.push_back(gender);
    else if (figures < 6)
      tags.push_back(fmt::format("{}{}", figures, known->many));
    else
      tags.push_back(fmt::format("6+{}", known->many));
  }
  return tags;
}

}  // namespace newbie::prompt
