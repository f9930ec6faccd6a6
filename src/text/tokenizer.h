#pragma once
/// Text to token ids and back, with the source bytes of every token.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"

namespace newbie::text {

/// One token and the bytes of the ORIGINAL text it stands for, as they were before normalisation.
/// Spans never step backwards. A token made from several characters covers all of them; tokens made
/// from one character share its span, except the byte pieces of a character that was not rewritten:
/// each covers its own byte. What has no source has an empty span: the specials that are added
/// around the text, and a `▁` that is put in front of a word.
struct Token {
  int32_t id = 0;
  TextSpan span;
  bool operator==(const Token&) const = default;
};

/// Ids that frame or fill a sequence. `mask` is -1 where the vocabulary has none.
struct SpecialIds {
  int32_t bos = 0;
  int32_t eos = 0;
  int32_t pad = 0;
  int32_t unk = 0;
  int32_t mask = -1;
};

/// A loaded tokenizer. Const after load: one object may be shared by threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Tokens of the text alone. Special tokens written out in the text ("<start_of_turn>") are
  /// recognised, as upstream does. Every invalid UTF-8 byte is read as U+FFFD.
  /// Cost: O(n log n); see bench/text.
  virtual std::vector<Token> encode(std::string_view text) const = 0;

  /// The sequence the model sees. Gemma: `<bos>` + text; XLM-R: `<s>` + text + `</s>`. Truncation
  /// drops tokens at the end of the text and keeps the specials.
  /// Errors: `tokenizer.max_length` when the specials alone are longer than `max_length`.
  std::vector<Token> encode_with_specials(std::string_view text,
                                          std::optional<size_t> max_length = std::nullopt) const;

  /// The text that ids stand for; the specials are left out. Errors: `tokenizer.unknown_id`.
  virtual std::string decode(std::span<const int32_t> ids) const = 0;

  /// The vocabulary entry as written in the file ("▁hair", "<0x0A>").
  /// Errors: `tokenizer.unknown_id`.
  virtual std::string piece(int32_t id) const = 0;

  /// The id of a vocabulary entry, if there is one.
  virtual std::optional<int32_t> id_of(std::string_view piece) const = 0;

  /// One more than the largest id.
  virtual int32_t vocabulary_size() const = 0;

  virtual const SpecialIds& specials() const = 0;
  int32_t bos_id() const { return specials().bos; }
  int32_t eos_id() const { return specials().eos; }
  int32_t pad_id() const { return specials().pad; }
  int32_t unk_id() const { return specials().unk; }

 protected:
  /// Ids put before and after the text by encode_with_specials.
  virtual std::span<const int32_t> prefix_ids() const = 0;
  virtual std::span<const int32_t> suffix_ids() const = 0;
};

/// The ids alone.
std::vector<int32_t> ids_of(std::span<const Token> tokens);

/// Gemma's tokenizer (BPE with byte fallback) from `tokenizer.json`, `tokenizer.model`, or a folder
/// that holds one of them (tokenizer.json first: it is what upstream reads).
/// Errors: `file.*`, `tokenizer.*`.
std::unique_ptr<Tokenizer> load_gemma_tokenizer(const std::filesystem::path& folder_or_file);

/// The same from a serialized SentencePiece model (the `spiece_model` tensor of single files).
/// The bytes are copied. Errors: `tokenizer.*`.
std::unique_ptr<Tokenizer> load_gemma_tokenizer(std::span<const std::byte> sentencepiece_model);

/// Jina CLIP's XLM-R tokenizer (unigram) from `tokenizer.json`, `sentencepiece.bpe.model`, or a
/// folder that holds one of them. Errors: `file.*`, `tokenizer.*`.
std::unique_ptr<Tokenizer> load_xlmr_tokenizer(const std::filesystem::path& folder_or_file);

/// The same from a serialized SentencePiece model. Piece 0 tells which ids it holds: `<s>` the
/// model's own ids, `<unk>` SentencePiece's, which are moved up by one. Errors: `tokenizer.*`.
std::unique_ptr<Tokenizer> load_xlmr_tokenizer(std::span<const std::byte> sentencepiece_model);

}  // namespace newbie::text
