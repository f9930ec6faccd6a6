#include "text/trie.h"

#include <algorithm>

namespace newbie::text {

namespace {

/// An entry with its first eight bytes as a number, which decides nearly every comparison of the
/// sort without touching the string.
struct SortKey {
  uint64_t head = 0;
  int32_t index = 0;
};

SortKey sort_key(const std::string& entry, size_t index) {
  SortKey key{0, static_cast<int32_t>(index)};
  for (size_t i = 0; i < 8; ++i) {
    key.head = key.head << 8 | (i < entry.size() ? static_cast<unsigned char>(entry[i]) : 0);
  }
  return key;
}

}  // namespace

Trie::Trie(std::span<const std::string> entries) {
  std::vector<SortKey> order(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) order[i] = sort_key(entries[i], i);
  const auto entry_of = [&](const SortKey& key) -> const std::string& {
    return entries[static_cast<size_t>(key.index)];
  };
  std::stable_sort(order.begin(), order.end(), [&](const SortKey& a, const SortKey& b) {
    return a.head != b.head ? a.head < b.head : entry_of(a) < entry_of(b);
  });
  const auto entry = [&](size_t i) -> const std::string& { return entry_of(order[i]); };

  // Breadth first: the entries below a node are a range of the sorted list.
  struct Pending {
    size_t node, begin, end, depth;
  };
  std::vector<Pending> queue{{0, 0, order.size(), 0}};
  queue.reserve(entries.size() * 2);
  for (size_t next = 0; next < queue.size(); ++next) {
    auto [node, begin, end, depth] = queue[next];
    while (begin < end && entry(begin).size() == depth) {
      if (depth > 0 && nodes_[node].value < 0) nodes_[node].value = order[begin].index;
      ++begin;
    }
    nodes_[node].first_child = static_cast<uint32_t>(nodes_.size());
    while (begin < end) {
      const char label = entry(begin)[depth];
      size_t last = begin;
      while (last < end && entry(last)[depth] == label) ++last;
      queue.push_back({nodes_.size(), begin, last, depth + 1});
      nodes_.push_back({});
      labels_.push_back(label);
      ++nodes_[node].children;
      begin = last;
    }
  }
}

}  // namespace newbie::text
