#include "pipeline/caption_parts.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "ops/elementwise.h"
#include "ops/shape.h"

namespace newbie::pipeline {

CaptionParts whole_caption(int64_t tokens) {
  CaptionParts parts;
  parts.rows.resize(static_cast<size_t>(tokens));
  std::iota(parts.rows.begin(), parts.rows.end(), 0);
  parts.packing = ops::Packing::of_lengths({tokens});
  parts.taken = parts.rows;
  return parts;
}

CaptionParts parts_by_character(const std::vector<int32_t>& characters) {
  CaptionParts parts = whole_caption(static_cast<int64_t>(characters.size()));
  std::set<int32_t> named(characters.begin(), characters.end());
  named.erase(0);
  if (named.size() < 2) return parts;
  const auto described = [](int32_t character) { return character != 0; };
  const int64_t preamble = std::ranges::find_if(characters, described) - characters.begin();
  for (int32_t character : named) {
    for (int64_t i = 0; i < preamble; ++i) parts.rows.push_back(i);
    for (size_t i = 0; i < characters.size(); ++i) {
      if (characters[i] != character) continue;
      parts.taken[i] = static_cast<int64_t>(parts.rows.size());
      parts.rows.push_back(static_cast<int64_t>(i));
    }
    parts.packing.offsets.push_back(static_cast<int64_t>(parts.rows.size()));
  }
  return parts;
}

Tensor join_parts(const Tensor& answers, const CaptionParts& parts, double strength) {
  const Tensor whole = answers.slice(0, parts.tokens());
  if (parts.whole() || strength == 0) return whole;
  const Tensor apart = ops::take_rows(answers, parts.taken);
  if (strength == 1) return apart;
  const auto share = static_cast<float>(strength);
  return ops::combine({{share, apart}, {1 - share, whole}});
}

}  // namespace newbie::pipeline
