#include <array>
#include <bit>
#include <queue>

#include "base/utf8.h"
#include "text/segmenter.h"

namespace newbie::text {
namespace {

/// From a pair of pieces to the rank of their merge and its result. Open addressing.
class MergeTable {
 public:
  struct Found {
    uint32_t rank;
    int32_t merged;
  };

  explicit MergeTable(const std::vector<Merge>& merges)
      : slots_(std::bit_ceil(merges.size() * 2 + 2)) {
    for (size_t rank = 0; rank < merges.size(); ++rank) {
      const Merge& merge = merges[rank];
      Slot& slot = slots_[position(key_of(merge.left, merge.right))];
      // A pair listed twice keeps its last rank, as in the reference.
      slot = {key_of(merge.left, merge.right), static_cast<uint32_t>(rank), merge.merged};
    }
  }

  /// The merge of two neighbours; merged is -1 when there is none.
  Found find(int32_t left, int32_t right) const {
    const Slot& slot = slots_[position(key_of(left, right))];
    return {slot.rank, slot.merged};
  }

 private:
  struct Slot {
    uint64_t key = kEmpty;
    uint32_t rank = 0;
    int32_t merged = -1;
  };
  static constexpr uint64_t kEmpty = ~uint64_t{0};

  static uint64_t key_of(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }
  /// The slot of a key, or the empty slot where it would go.
  size_t position(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = (key * 0x9E3779B97F4A7C15u) >> 20 & mask;
    while (slots_[slot].key != key && slots_[slot].key != kEmpty) slot = (slot + 1) & mask;
    return slot;
  }

  std::vector<Slot> slots_;
};

/// A stretch of the word that is one piece so far, in a doubly linked list.
struct Symbol {
  int32_t id;
  int32_t previous, next;  ///< -1 at the ends
  TextSpan range;          ///< empty once merged into its left neighbour
};

/// A merge that was possible when it was queued. Ordered by rank, then from the left.
struct Candidate {
  uint32_t rank;
  int32_t left;
  int32_t merged;
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

class Bpe : public Segmenter {
 public:
  Bpe(const Definition& definition, const PieceIndex& index)
      : definition_(definition), index_(index), merges_(definition.merges) {
    for (size_t byte = 0; byte < 256; ++byte) {
      bytes_[byte] = index.find(byte_piece(static_cast<unsigned char>(byte))).value_or(-1);
      const char character = static_cast<char>(byte);
      ascii_[byte] = byte < 128 ? index.find({&character, 1}).value_or(-1) : -1;
    }
  }

  void segment(const AlignedText& text, TextSpan range, std::vector<Token>& out) const override {
    if (definition_.whole_words_first) {
      if (const auto id = index_.find(text.view(range))) {
        out.push_back({*id, text.source_of(range)});
        return;
      }
    }
    std::vector<Symbol> symbols = split_into_characters(text.text, range);
    merge(symbols);
    for (const Symbol& symbol : symbols) {
      if (!symbol.range.empty()) out.push_back({symbol.id, text.source_of(symbol.range)});
    }
  }

 private:
  int32_t find_character(std::string_view character) const {
    if (character.size() == 1) return ascii_[static_cast<unsigned char>(character[0])];
    return index_.find(character).value_or(-1);
  }

  bool has_all_bytes(std::string_view character) const {
    if (!definition_.byte_fallback) return false;
    for (const char c : character) {
      if (bytes_[static_cast<unsigned char>(c)] < 0) return false;
    }
    return true;
  }

  std::vector<Symbol> split_into_characters(std::string_view text, TextSpan word) const {
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    const auto add = [&](int32_t id, TextSpan range) {
      symbols.push_back({id, static_cast<int32_t>(symbols.size()) - 1, -1, range});
    };
    bool after_unknown = false;
    for (size_t i = word.begin; i < word.end;) {
      const TextSpan range{i, i + utf8::decode(text, i).length};
      const std::string_view character = range.of(text);
      const int32_t id = find_character(character);
      const bool unknown = id < 0 && !has_all_bytes(character);
      if (id >= 0) {
        add(id, range);
      } else if (!unknown) {
        for (; i < range.end; ++i) add(bytes_[static_cast<unsigned char>(text[i])], {i, i + 1});
      } else if (after_unknown && definition_.fuse_unk) {
        symbols.back().range.end = range.end;
      } else {
        add(*definition_.unk, range);
      }
      after_unknown = unknown;
      i = range.end;
    }
    for (size_t s = 0; s + 1 < symbols.size(); ++s) symbols[s].next = static_cast<int32_t>(s + 1);
    return symbols;
  }

  void merge(std::vector<Symbol>& symbols) const {
    const auto at = [&](int32_t s) -> Symbol& { return symbols[static_cast<size_t>(s)]; };
    std::vector<Candidate> heap;
    heap.reserve(symbols.size() * 2);
    for (size_t s = 0; s + 1 < symbols.size(); ++s) {
      const auto found = merges_.find(symbols[s].id, symbols[s + 1].id);
      if (found.merged >= 0) heap.push_back({found.rank, static_cast<int32_t>(s), found.merged});
    }
    std::priority_queue<Candidate> queue({}, std::move(heap));
    const auto consider = [&](int32_t left, int32_t right) {
      if (left < 0 || right < 0) return;
      const auto found = merges_.find(at(left).id, at(right).id);
      if (found.merged >= 0) queue.push({found.rank, left, found.merged});
    };
    while (!queue.empty()) {
      const Candidate best = queue.top();
      queue.pop();
      Symbol& left = at(best.left);
      if (left.range.empty() || left.next < 0) continue;
      Symbol& right = at(left.next);
      // Neighbours may have changed since: the reference compares the result, not the rank.
      if (merges_.find(left.id, right.id).merged != best.merged) continue;
      left.id = best.merged;
      left.range.end = right.range.end;
      left.next = right.next;
      right.range.begin = right.range.end;
      if (left.next >= 0) at(left.next).previous = best.left;
      consider(left.previous, best.left);
      consider(best.left, left.next);
    }
  }

  const Definition& definition_;
  const PieceIndex& index_;
  MergeTable merges_;
  std::array<int32_t, 256> bytes_{};  ///< id of "<0xHH>", -1 where missing
  std::array<int32_t, 256> ascii_{};  ///< id of the one-byte pieces
};

}  // namespace

std::unique_ptr<Segmenter> make_bpe(const Definition& definition, const PieceIndex& index) {
  return std::make_unique<Bpe>(definition, index);
}

}  // namespace newbie::text
