#pragma once
/// The tokenizer that a Definition describes.

#include <memory>
#include <vector>

#include "text/definition.h"
#include "text/tokenizer.h"

namespace newbie::text {

/// What a model family adds to its definition.
struct Framing {
  SpecialIds specials;
  std::vector<int32_t> prefix;
  std::vector<int32_t> suffix;
  bool drop_first_space = false;  ///< decode(): the mark in front of the first word is not text
};

/// Added tokens, normalisation, words, segmentation: the order of upstream's tokenizer.json
/// pipeline. Errors: those of validate() and PieceIndex.
std::unique_ptr<Tokenizer> make_tokenizer(Definition definition, Framing framing);

}  // namespace newbie::text
