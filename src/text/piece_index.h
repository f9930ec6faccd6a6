#pragma once
/// From a vocabulary entry to its id.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::text {

/// Open-addressing table over a list of pieces. Keeps a reference: the list must outlive it.
/// Slots hold 32 bits of the hash, so that a piece which is not there is refused without touching a
/// string: deriving merges asks for about a million of those.
class PieceIndex {
 public:
  /// Empty pieces are holes and are not found.
  /// Errors: `tokenizer.duplicate_piece`.
  explicit PieceIndex(const std::vector<std::string>& pieces);

  std::optional<int32_t> find(std::string_view piece) const;

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t id = -1;
  };
  const std::vector<std::string>* pieces_;
  std::vector<Slot> slots_;
};

/// The piece that stands for one byte: "<0x0A>".
std::string byte_piece(unsigned char byte);

/// The byte that a piece stands for, if it is one of those.
std::optional<unsigned char> byte_of_piece(std::string_view piece);

}  // namespace newbie::text
