#include "text/sentencepiece_file.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "base/error.h"

namespace newbie::text {
namespace {

[[noreturn]] void malformed(std::string_view what) {
  throw Error("tokenizer.malformed", fmt::format("the SentencePiece model {}", what))
      .hint("check that it is the right file and that its download is complete");
}

/// One field of a protobuf message; which member holds the value follows from the wire type.
struct Field {
  uint64_t number = 0;
  uint64_t integer = 0;    ///< varint, and the bits of fixed32 and fixed64
  std::string_view bytes;  ///< length-delimited
  unsigned wire = 0;
};

constexpr unsigned kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

/// Walks the fields of one message.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const uint64_t tag = varint();
    Field field;
    field.number = tag >> 3;
    field.wire = static_cast<unsigned>(tag & 7);
    switch (field.wire) {
      case kVarint:
        field.integer = varint();
        break;
      case kFixed64:
        field.integer = fixed(8);
        break;
      case kFixed32:
        field.integer = fixed(4);
        break;
      case kBytes:
        field.bytes = take(varint());
        break;
      default:
        malformed(fmt::format("has a field of wire type {}", field.wire));
    }
    return field;
  }

 private:
  std::string_view take(uint64_t length) {
    if (length > rest_.size()) {
      malformed(
          fmt::format("is cut off: a field of {} bytes, and {} are left", length, rest_.size()));
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  uint64_t fixed(size_t length) {
    const std::string_view bytes = take(length);
    uint64_t value = 0;
    for (size_t i = length; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    malformed("has a number of more than 64 bits");
  }

  std::string_view rest_;
};

void expect(const Field& field, unsigned wire, std::string_view name) {
  if (field.wire != wire) malformed(fmt::format("has wire type {} for its {}", field.wire, name));
}

SentencePieceFile::Piece read_piece(std::string_view bytes) {
  SentencePieceFile::Piece piece;
  Message message(bytes);
  while (const auto field = message.next()) {
    switch (field->number) {
      case 1:
        expect(*field, kBytes, "piece");
        piece.text = field->bytes;
        break;
      case 2:
        expect(*field, kFixed32, "piece score");
        piece.score = std::bit_cast<float>(static_cast<uint32_t>(field->integer));
        break;
      case 3:
        expect(*field, kVarint, "piece type");
        if (field->integer < 1 || field->integer > 6) {
          malformed(fmt::format("has a piece of type {}", field->integer));
        }
        piece.type = static_cast<SentencePieceFile::Type>(field->integer);
        break;
      default:
        break;
    }
  }
  return piece;
}

void read_trainer(std::string_view bytes, SentencePieceFile& file) {
  Message message(bytes);
  while (const auto field = message.next()) {
    if (field->number == 3) {
      expect(*field, kVarint, "model type");
      if (field->integer != 1 && field->integer != 2) {
        throw Error(
            "tokenizer.unsupported",
            fmt::format("the SentencePiece model has type {}, expected unigram (1) or BPE (2)",
                        field->integer));
      }
      file.kind = field->integer == 1 ? VocabularyKind::unigram : VocabularyKind::bpe;
    } else if (field->number == 35) {
      expect(*field, kVarint, "byte_fallback");
      file.byte_fallback = field->integer != 0;
    }
  }
}

void read_normalizer(std::string_view bytes, SentencePieceFile& file) {
  Message message(bytes);
  while (const auto field = message.next()) {
    if (field->number == 2) {
      expect(*field, kBytes, "precompiled_charsmap");
      file.charsmap = field->bytes;
    } else if (field->number >= 3 && field->number <= 5) {
      expect(*field, kVarint, "normalizer flag");
      const bool value = field->integer != 0;
      if (field->number == 3) file.add_dummy_prefix = value;
      if (field->number == 4) file.remove_extra_whitespaces = value;
      if (field->number == 5) file.escape_whitespaces = value;
    }
  }
}

}  // namespace

SentencePieceFile read_sentencepiece(std::string_view bytes) {
  SentencePieceFile file;
  Message message(bytes);
  while (const auto field = message.next()) {
    switch (field->number) {
      case 1:
        expect(*field, kBytes, "pieces");
        file.pieces.push_back(read_piece(field->bytes));
        break;
      case 2:
        expect(*field, kBytes, "trainer_spec");
        read_trainer(field->bytes, file);
        break;
      case 3:
        expect(*field, kBytes, "normalizer_spec");
        read_normalizer(field->bytes, file);
        break;
      default:
        break;
    }
  }
  if (file.pieces.empty()) malformed("holds no pieces");
  for (size_t id = 0; id < file.pieces.size(); ++id) {
    if (file.pieces[id].text.empty() || !std::isfinite(file.pieces[id].score)) {
      throw Error("tokenizer.bad_piece",
                  fmt::format("piece {} of the SentencePiece model is empty or has no score", id));
    }
  }
  return file;
}

}  // namespace newbie::text
