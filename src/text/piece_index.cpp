#include "text/piece_index.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <bit>

#include "base/error.h"

namespace newbie::text {

PieceIndex::PieceIndex(const std::vector<std::string>& pieces) : pieces_(&pieces) {
  slots_.resize(std::bit_ceil(pieces.size() * 2 + 2));
  const size_t mask = slots_.size() - 1;
  for (size_t id = 0; id < pieces.size(); ++id) {
    const std::string& piece = pieces[id];
    if (piece.empty()) continue;
    const uint64_t hash = XXH3_64bits(piece.data(), piece.size());
    const auto tag = static_cast<uint32_t>(hash >> 32);
    size_t slot = hash & mask;
    for (; slots_[slot].id >= 0; slot = (slot + 1) & mask) {
      const auto other = static_cast<size_t>(slots_[slot].id);
      if (slots_[slot].tag == tag && pieces[other] == piece) {
        throw Error(
            "tokenizer.duplicate_piece",
            fmt::format("the vocabulary has \"{:.40}\" twice, as ids {} and {}", piece, other, id));
      }
    }
    slots_[slot] = {tag, static_cast<int32_t>(id)};
  }
}

std::optional<int32_t> PieceIndex::find(std::string_view piece) const {
  const uint64_t hash = XXH3_64bits(piece.data(), piece.size());
  const auto tag = static_cast<uint32_t>(hash >> 32);
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash & mask; slots_[slot].id >= 0; slot = (slot + 1) & mask) {
    if (slots_[slot].tag == tag && (*pieces_)[static_cast<size_t>(slots_[slot].id)] == piece) {
      return slots_[slot].id;
    }
  }
  return std::nullopt;
}

std::string byte_piece(unsigned char byte) { return fmt::format("<0x{:02X}>", byte); }

std::optional<unsigned char> byte_of_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  const int high = digit(piece[3]), low = digit(piece[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high * 16 + low);
}

}  // namespace newbie::text
