#pragma once
/// What a tokenizer file says, in one form for every kind of file.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"

namespace newbie::text {

enum class VocabularyKind { bpe, unigram };

/// BPE: the pieces `left` and `right` become the piece `merged`. Its place in the list is its rank.
struct Merge {
  int32_t left = 0;
  int32_t right = 0;
  int32_t merged = 0;
};

/// Everything that decides ids. Plain data; readers fill it, validate() vouches for it.
struct Definition {
  VocabularyKind kind = VocabularyKind::bpe;
  std::vector<std::string> pieces;  ///< by id; an empty string is an unused id
  std::vector<double> scores;       ///< unigram: log probability by id
  size_t scored = 0;                ///< unigram: ids below this take part in the segmentation
  std::vector<Merge> merges;        ///< BPE: lowest rank first
  std::optional<int32_t> unk;
  bool byte_fallback = false;
  bool fuse_unk = false;
  bool whole_words_first = false;  ///< BPE: a word that is a piece is not merged ("ignore_merges")
  std::vector<AddedToken> added;
  std::vector<NormalizerStep> normalizer;
  std::vector<PreTokenizerStep> pre_tokenizer;
};

/// Refuses pieces that are not UTF-8, scores that are not finite, and ids outside the vocabulary.
/// Errors: `tokenizer.bad_piece`, `tokenizer.bad_id`, `tokenizer.missing_special`.
void validate(const Definition& definition);

/// Room for an id, growing `pieces`; ids far beyond the number of entries are refused, so that a
/// lying file cannot ask for memory. Errors: `tokenizer.bad_id`, `tokenizer.duplicate_piece`.
void place_piece(std::vector<std::string>& pieces, int64_t id, std::string piece, size_t entries);

}  // namespace newbie::text
