#include "model_tools/synth_tokenizer.h"

#include <fmt/format.h>

#include <bit>
#include <functional>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace newbie::model_tools {
namespace {

// Field numbers and enumerators of SentencePiece's sentencepiece_model.proto.
enum PieceType : uint64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kByte = 6 };
constexpr uint64_t kUnigram = 1;
constexpr uint64_t kBpe = 2;
constexpr std::string_view kSpace = "\xE2\x96\x81";  // U+2581

class Message {
 public:
  void number(uint32_t field, uint64_t value) {
    varint(uint64_t{field} << 3);
    varint(value);
  }
  void bytes(uint32_t field, std::string_view value) {
    varint(uint64_t{field} << 3 | 2);
    varint(value.size());
    text_ += value;
  }
  void real(uint32_t field, float value) {
    varint(uint64_t{field} << 3 | 5);
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) text_ += static_cast<char>(bits >> shift & 0xFF);
  }
  const std::string& text() const { return text_; }

 private:
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }
  std::string text_;
};

/// Single characters, then every string of letters by length: each piece is an earlier piece and
/// one more letter, so BPE can reach all of them.
class Vocabulary {
 public:
  std::string next() {
    if (at_ < kSingles.size()) return std::string(1, kSingles[at_++]);
    if (at_ == kSingles.size()) return ++at_, std::string(kSpace);
    std::string piece;
    for (const size_t letter : digits_) {
      if (letter == kLetters.size()) {
        piece += kSpace;
      } else {
        piece += kLetters[letter];
      }
    }
    size_t place = digits_.size();
    while (place > 0 && ++digits_[place - 1] > kLetters.size()) digits_[--place] = 0;
    if (place == 0) digits_.insert(digits_.begin(), 0);
    return piece;
  }

 private:
  static constexpr std::string_view kSingles =
      "etaoinshrdlucmfywgpbvkxqjzETAOINSHRDLUCMFYWGPBVKXQJZ0123456789,.<>/"
      "_\"'=()[]{}:;!?-+*&%$#@^~`|"
      "\\";
  static constexpr std::string_view kLetters = "etaoinshrdlucmfywgpbvkxqjz";
  size_t at_ = 0;
  std::vector<size_t> digits_{0, 0};
};

void add_piece(Message& model, std::string_view text, float score, PieceType type) {
  Message piece;
  piece.bytes(1, text);
  piece.real(2, score);
  if (type != kNormal) piece.number(3, type);
  model.bytes(1, piece.text());
}

std::string repeated(std::string_view text, int64_t times) {
  std::string out;
  for (int64_t i = 0; i < times; ++i) out += text;
  return out;
}

struct Special {
  std::string text;
  PieceType type;
};

/// Ids 4 to 216 of Gemma: turns, runs of line breaks and spaces, unused.
Special gemma_reserved(int64_t id) {
  if (id == 105) return {"<start_of_turn>", kUserDefined};
  if (id == 106) return {"<end_of_turn>", kUserDefined};
  if (id >= 107 && id < 138) return {repeated("\n", id - 106), kUserDefined};
  if (id >= 138 && id < 168) return {repeated(kSpace, id - 136), kUserDefined};
  return {fmt::format("<unused{}>", id), kUserDefined};
}

void add_specs(Message& model, uint64_t type, int64_t pieces, bool byte_fallback,
               std::string_view normalizer, bool dummy_prefix) {
  Message trainer;
  trainer.number(3, type);
  trainer.number(4, static_cast<uint64_t>(pieces));
  if (byte_fallback) trainer.number(35, 1);
  model.bytes(2, trainer.text());
  Message rules;
  rules.bytes(1, normalizer);
  rules.number(3, dummy_prefix);
  rules.number(4, dummy_prefix);
  rules.number(5, 1);
  model.bytes(3, rules.text());
}

}  // namespace

std::string synth_gemma_tokenizer(int64_t pieces) {
  constexpr int64_t kBytesBegin = 217;
  constexpr int64_t kNormalBegin = kBytesBegin + 256;
  check(pieces >= 700, "synth_gemma_tokenizer: too few pieces");
  Message model;
  const Special first[] = {
      {"<pad>", kControl}, {"<eos>", kControl}, {"<bos>", kControl}, {"<unk>", kUnknown}};
  Vocabulary vocabulary;
  for (int64_t id = 0; id < pieces; ++id) {
    if (id < 4) {
      add_piece(model, first[id].text, 0, first[id].type);
    } else if (id < kBytesBegin) {
      const Special special = gemma_reserved(id);
      add_piece(model, special.text, 0, special.type);
    } else if (id < kNormalBegin) {
      add_piece(model, fmt::format("<0x{:02X}>", id - kBytesBegin), 0, kByte);
    } else if (id == 255999 || id == 256000) {
      add_piece(model, id == 255999 ? "<start_of_image>" : "<end_of_image>", 0, kUserDefined);
    } else {
      // Two letters of the alphabet could spell a run that is reserved already.
      std::string piece = vocabulary.next();
      while (piece.size() > kSpace.size() &&
             piece == repeated(kSpace, static_cast<int64_t>(piece.size() / 3))) {
        piece = vocabulary.next();
      }
      add_piece(model, piece, -static_cast<float>(id - kNormalBegin), kNormal);
    }
  }
  add_specs(model, kBpe, pieces, true, "identity", false);
  return model.text();
}

std::string synth_xlmr_tokenizer(int64_t pieces) {
  check(pieces >= 200, "synth_xlmr_tokenizer: too few pieces");
  Message model;
  add_piece(model, "<unk>", 0, kUnknown);
  add_piece(model, "<s>", 0, kControl);
  add_piece(model, "</s>", 0, kControl);
  Vocabulary vocabulary;
  for (int64_t id = 3; id < pieces; ++id) {
    add_piece(model, vocabulary.next(), -4.0f - 4e-5f * static_cast<float>(id), kNormal);
  }
  add_specs(model, kUnigram, pieces, false, "nmt_nfkc", true);
  return model.text();
}

}  // namespace newbie::model_tools
