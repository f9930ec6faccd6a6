#pragma once
/// Serialized SentencePiece models, made in memory for tests and benchmarks.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::test {

struct SentencePieceWriter {
  enum Type { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
  enum Kind { unigram = 1, bpe = 2 };

  Kind kind = bpe;
  bool byte_fallback = true;
  bool dummy_prefix = false;
  bool remove_extra_spaces = false;
  bool escape_spaces = true;
  std::string charsmap;
  std::string pieces;  ///< serialized so far

  void add(std::string_view piece, float score = 0, Type type = normal) {
    std::string message = bytes_field(1, piece);
    message += static_cast<char>(2 << 3 | 5);
    const auto bits = std::bit_cast<uint32_t>(score);
    for (int i = 0; i < 4; ++i) message += static_cast<char>(bits >> (8 * i));
    message += number_field(3, type);
    pieces += bytes_field(1, message);
  }

  std::string bytes() const {
    const std::string trainer = number_field(3, kind) + number_field(35, byte_fallback);
    const std::string normalizer =
        bytes_field(1, "test") + bytes_field(2, charsmap) + number_field(3, dummy_prefix) +
        number_field(4, remove_extra_spaces) + number_field(5, escape_spaces);
    return pieces + bytes_field(2, trainer) + bytes_field(3, normalizer);
  }

  static std::string varint(uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    return out += static_cast<char>(value);
  }
  static std::string number_field(uint64_t number, uint64_t value) {
    return varint(number << 3) + varint(value);
  }
  static std::string bytes_field(uint64_t number, std::string_view value) {
    return varint(number << 3 | 2) + varint(value.size()) + std::string(value);
  }
};

/// A Gemma-like model: specials, byte pieces, the given user-defined pieces, characters, then
/// `pieces`, each worse than the one before.
inline SentencePieceWriter gemma_like(const std::vector<std::string>& user_defined,
                                      const std::vector<std::string>& pieces) {
  SentencePieceWriter model;
  model.add("<pad>", 0, SentencePieceWriter::control);
  model.add("<eos>", 0, SentencePieceWriter::control);
  model.add("<bos>", 0, SentencePieceWriter::control);
  model.add("<unk>", 0, SentencePieceWriter::unknown);
  for (const std::string& piece : user_defined)
    model.add(piece, 0, SentencePieceWriter::user_defined);
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (int b = 0; b < 256; ++b) {
    model.add(std::string("<0x") + kDigits[b / 16] + kDigits[b % 16] + ">", 0,
              SentencePieceWriter::byte);
  }
  float score = -1;
  for (const std::string& piece : pieces) model.add(piece, score--);
  return model;
}

/// An XLM-R-like model in SentencePiece's own order, with the same log probability steps.
inline SentencePieceWriter xlmr_like(const std::vector<std::pair<std::string, float>>& pieces) {
  SentencePieceWriter model;
  model.kind = SentencePieceWriter::unigram;
  model.byte_fallback = false;
  model.dummy_prefix = model.remove_extra_spaces = true;
  model.add("<unk>", 0, SentencePieceWriter::unknown);
  model.add("<s>", 0, SentencePieceWriter::control);
  model.add("</s>", 0, SentencePieceWriter::control);
  for (const auto& [piece, score] : pieces) model.add(piece, score);
  return model;
}

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

}  // namespace newbie::test
