#pragma once
/// A caption read in parts, so that no character's tokens see another's.

#include <cstdint>
#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::pipeline {

/// What comes before every character is the preamble. A part is the preamble and one character's
/// own tokens, at the positions that they would have if the character were alone. Nothing that is
/// said of one character can reach another's part, not even by the number of its tokens.
struct CaptionPart {
  std::vector<int64_t> rows;  ///< tokens of the caption, ascending
  size_t preamble = 0;        ///< how many of them are the preamble
};

/// One part per character. `characters`: for each token the number of the character that it
/// describes, 0 for none. With fewer than two characters there is nothing to keep apart.
std::vector<CaptionPart> parts_by_character(const std::vector<int32_t>& characters);

/// `whole` [T,D] with the rows of each character taken from a reading of its part: `strength` of
/// them, the rest stays. Every part is read in a call of its own, whose bytes therefore depend on
/// nothing else.
Tensor read_apart(const Tensor& whole, const std::vector<CaptionPart>& parts, double strength,
                  const std::function<Tensor(const std::vector<int64_t>& rows)>& read);

}  // namespace newbie::pipeline
