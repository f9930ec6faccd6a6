#include "pipeline/caption_parts.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "ops/elementwise.h"
#include "ops/shape.h"

namespace newbie::pipeline {

std::vector<CaptionPart> parts_by_character(const std::vector<int32_t>& characters) {
  std::set<int32_t> named(characters.begin(), characters.end());
  named.erase(0);
  if (named.size() < 2) return {};
  const auto described = [](int32_t character) { return character != 0; };
  const auto preamble =
      static_cast<size_t>(std::ranges::find_if(characters, described) - characters.begin());
  std::vector<CaptionPart> parts;
  for (int32_t character : named) {
    CaptionPart part{.rows = std::vector<int64_t>(preamble), .preamble = preamble};
    std::iota(part.rows.begin(), part.rows.end(), 0);
    for (size_t i = preamble; i < characters.size(); ++i) {
      if (characters[i] == character) part.rows.push_back(static_cast<int64_t>(i));
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

Tensor read_apart(const Tensor& whole, const std::vector<CaptionPart>& parts, double strength,
                  const std::function<Tensor(const std::vector<int64_t>& rows)>& read) {
  if (parts.empty() || strength == 0) return whole;
  std::vector<Tensor> answers{whole};
  std::vector<int64_t> taken(static_cast<size_t>(whole.dim(0)));
  std::iota(taken.begin(), taken.end(), 0);
  int64_t next = whole.dim(0);
  for (const CaptionPart& part : parts) {
    const auto own = static_cast<int64_t>(part.preamble);
    answers.push_back(read(part.rows).slice(own, static_cast<int64_t>(part.rows.size())));
    for (size_t i = part.preamble; i < part.rows.size(); ++i) {
      taken[static_cast<size_t>(part.rows[i])] = next++;
    }
  }
  const Tensor apart = ops::take_rows(ops::concat_rows(answers), taken);
  if (strength == 1) return apart;
  const auto share = static_cast<float>(strength);
  return ops::combine({{share, apart}, {1 - share, whole}});
}

}  // namespace newbie::pipeline
