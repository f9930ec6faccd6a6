#pragma once
/// A read-only byte trie: which entries are prefixes of a text.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::text {

/// Children of a node lie side by side, in byte order, so that one memchr finds the next node.
class Trie {
 public:
  Trie() = default;
  /// Values are the indices of `entries`; of equal entries the first wins. Empty ones are left out.
  /// Cost: O(bytes of all entries) after a sort.
  explicit Trie(std::span<const std::string> entries);

  /// Calls visit(length, index) for every entry that is a prefix of `text`, shortest first.
  template <class Visit>
  void for_each_prefix(std::string_view text, Visit&& visit) const {
    const Node* node = nodes_.data();
    for (size_t i = 0; i < text.size() && node->children != 0; ++i) {
      const char* labels = labels_.data() + node->first_child;
      const void* hit = std::memchr(labels, static_cast<unsigned char>(text[i]), node->children);
      if (hit == nullptr) return;
      node =
          &nodes_[node->first_child + static_cast<size_t>(static_cast<const char*>(hit) - labels)];
      if (node->value >= 0) visit(i + 1, node->value);
    }
  }

 private:
  struct Node {
    uint32_t first_child = 0;
    uint32_t children = 0;
    int32_t value = -1;
  };
  std::vector<Node> nodes_{Node{}};
  std::string labels_{'\0'};  ///< the byte on the way into each node; the root's is never read
};

}  // namespace newbie::text
