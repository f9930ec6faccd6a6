#pragma once
/// Reading a serialized SentencePiece model.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/definition.h"

namespace newbie::text {

/// The parts of a ModelProto that decide ids.
struct SentencePieceFile {
  enum class Type { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
  struct Piece {
    std::string text;
    float score = 0;
    Type type = Type::normal;
  };
  std::vector<Piece> pieces;
  VocabularyKind kind = VocabularyKind::unigram;
  bool byte_fallback = false;
  std::string charsmap;  ///< empty: no normalisation rules
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

/// Reads untrusted bytes; nothing is allocated beyond what they hold.
/// Errors: `tokenizer.malformed`, `tokenizer.unsupported` (word and character models).
/// Source: sentencepiece_model.proto of google/sentencepiece.
SentencePieceFile read_sentencepiece(std::string_view bytes);

/// The definition that upstream's conversion to tokenizer.json gives. Errors: `tokenizer.*`.
Definition gemma_definition(const SentencePieceFile& file);

/// As above; ids that start with `<unk>` are moved to XLM-R's, and a missing `<mask>` is added
/// last.
Definition xlmr_definition(const SentencePieceFile& file);

}  // namespace newbie::text
