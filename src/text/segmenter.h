#pragma once
/// What turns one word into tokens.

#include <memory>
#include <vector>

#include "text/aligned_text.h"
#include "text/definition.h"
#include "text/piece_index.h"
#include "text/tokenizer.h"

namespace newbie::text {

/// One of the two segmentation algorithms over a vocabulary. Const and shared by threads.
class Segmenter {
 public:
  virtual ~Segmenter() = default;
  /// Appends the tokens of the word `text[range]`; the range is not empty.
  virtual void segment(const AlignedText& text, TextSpan range, std::vector<Token>& out) const = 0;
};

/// Byte-pair encoding: characters, then merges by rank, leftmost first.
/// `definition` and `index` must outlive it. Cost per word: O(n log n).
std::unique_ptr<Segmenter> make_bpe(const Definition& definition, const PieceIndex& index);

/// Unigram: the segmentation with the greatest sum of scores; a character that no piece covers
/// costs 10 more than the worst piece, and neighbours of that kind become one unknown token.
/// `definition` and `index` must outlive it. Cost per word: O(n * longest piece).
std::unique_ptr<Segmenter> make_unigram(const Definition& definition, const PieceIndex& index);

}  // namespace newbie::text
