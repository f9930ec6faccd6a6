#pragma once
/// What count tags say about the figures of a picture.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// The figures a count tag stands for.
struct CountTag {
  std::string_view gender;  ///< "1girl", "1boy", "1other"
  size_t figures = 0;
  bool at_least = false;  ///< `multiple_girls`, `6+girls`: the number is not known
};

/// `2girls`, `1boy`, `multiple_others`, `6+girls`; nothing for other tags (`solo`, `couple`).
std::optional<CountTag> read_count_tag(std::string_view tag);

/// The genders of the figures that a list of tags counts, in order of writing, at most eight.
/// `multiple_girls` beside `3girls` adds nobody.
std::vector<std::string> counted_figures(const std::vector<std::string>& tags);

/// `1girl` twice and `1boy` -> `2girls, 1boy`, in order of first appearance.
std::vector<std::string> count_tags_of(const std::vector<std::string>& genders);

}  // namespace newbie::prompt
