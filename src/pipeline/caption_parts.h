#pragma once
/// A caption cut into sequences that are read apart, so that no character's tokens see another's.

#include <cstdint>
#include <vector>

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::pipeline {

/// What comes before every character is the preamble. The first part is the whole caption; then one
/// part per character: the preamble and its own tokens, at the positions they would have if the
/// character were alone. Nothing that is said of one character can reach another's part, not even
/// by the number of its tokens.
struct CaptionParts {
  std::vector<int64_t> rows;   ///< token of the caption behind each packed row
  ops::Packing packing;        ///< of the packed rows
  std::vector<int64_t> taken;  ///< packed row whose answer each token of the caption takes

  int64_t tokens() const { return static_cast<int64_t>(taken.size()); }
  bool whole() const { return packing.count() == 1; }
};

CaptionParts whole_caption(int64_t tokens);

/// `characters`: for each token the number of the character that it describes, 0 for none. With
/// fewer than two characters nothing is cut.
CaptionParts parts_by_character(const std::vector<int32_t>& characters);

/// The answer for the caption from the answers [rows,D] for its parts: that of the whole mixed with
/// `strength` of the parts'.
Tensor join_parts(const Tensor& answers, const CaptionParts& parts, double strength);

}  // namespace newbie::pipeline
