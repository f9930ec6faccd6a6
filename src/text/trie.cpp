#include "text/trie.h"

#include <algorithm>
#include <numeric>

namespace newbie::text {

Trie::Trie(std::span<const std::string> entries) {
  std::vector<int32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return entries[static_cast<size_t>(a)] < entries[static_cast<size_t>(b)];
  });
  const auto entry = [&](size_t i) -> const std::string& {
    return entries[static_cast<size_t>(order[i])];
  };

  // Breadth first: the entries below a node are a range of the sorted list.
  struct Pending {
    size_t node, begin, end, depth;
  };
  std::vector<Pending> queue{{0, 0, order.size(), 0}};
  for (size_t next = 0; next < queue.size(); ++next) {
    auto [node, begin, end, depth] = queue[next];
    while (begin < end && entry(begin).size() == depth) {
      if (depth > 0 && nodes_[node].value < 0) nodes_[node].value = order[begin];
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
