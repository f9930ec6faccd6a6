#include "ops/cuda/attention_groups.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace newbie::ops::cuda {
namespace {

/// Longest sequences are rounded up to whole tiles of keys: fewer plans.
constexpr int64_t kLengthStep = 128;
/// Numbers of a table begin at 16 bytes.
constexpr int64_t kAlign = 4;

int64_t aligned_count(int64_t count) { return (count + kAlign - 1) / kAlign * kAlign; }

int64_t longest_of(const Packing& sequences) {
  int64_t longest = 0;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    longest = std::max(longest, sequences.length(b));
  }
  return longest;
}

int64_t most_in_group(SdpaShape one, const GroupBytes& bytes, size_t most) {
  one.batch = 1;
  const size_t each = std::max<size_t>(1, bytes(one));
  return std::max<int64_t>(1, static_cast<int64_t>(most / each));
}

}  // namespace

int64_t runs_of(const Packing& sequences) {
  int64_t runs = 0, last = 0;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t length = sequences.length(b);
    if (length == 0) continue;
    runs += length != last;
    last = length;
  }
  return runs;
}

int64_t SequenceGroup::rows() const {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
}

std::vector<SequenceGroup> groups_of_one_length(const SdpaShape& kind, const Packing& sequences,
                                                const GroupBytes& bytes, size_t most) {
  std::vector<SequenceGroup> groups;
  int64_t room = 0, place = 0;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t length = sequences.length(b);
    if (length == 0) continue;
    if (groups.empty() || groups.back().shape.length != length || room == 0) {
      SequenceGroup& made = groups.emplace_back(SequenceGroup{kind, place, sequences.begin(b), {}});
      made.shape.length = length;
      room = most_in_group(made.shape, bytes, most);
    }
    groups.back().lengths.push_back(length);
    groups.back().shape.batch = static_cast<int64_t>(groups.back().lengths.size());
    --room;
    ++place;
  }
  return groups;
}

std::vector<SequenceGroup> ragged_groups(const SdpaShape& kind, const Packing& sequences,
                                         const GroupBytes& bytes, size_t most) {
  SdpaShape shape = kind;
  shape.ragged = true;
  shape.length = (longest_of(sequences) + kLengthStep - 1) / kLengthStep * kLengthStep;
  const int64_t room = most_in_group(shape, bytes, most);
  std::vector<SequenceGroup> groups;
  int64_t place = 0;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    if (sequences.length(b) == 0) continue;
    if (groups.empty() || groups.back().shape.batch == room) {
      groups.push_back({shape, place, sequences.begin(b), {}});
    }
    groups.back().lengths.push_back(sequences.length(b));
    groups.back().shape.batch = static_cast<int64_t>(groups.back().lengths.size());
    ++place;
  }
  return groups;
}

std::string ragged_declines(const Tensor& q, const Packing& sequences,
                            const AttentionOptions& options) {
  if (runs_of(sequences) <= kFewRuns) return "few lengths, each a batch";
  if (q.dim(2) > 128) return "heads wider than 128, which the way back does not take";
  if (!options.bias.empty()) return "a bias";
  if (options.window > 0 && options.window < longest_of(sequences)) return "a window";
  if (q.numel() > std::numeric_limits<int32_t>::max()) return "more than 2^31 numbers";
  return "";
}

SdpaShape kind_of(const Tensor& q, const Tensor& k, const Packing& sequences,
                  const AttentionOptions& options) {
  return {.batch = 0,
          .length = 0,
          .heads = q.dim(1),
          .kv_heads = k.dim(1),
          .width = q.dim(2),
          .type = q.dtype(),
          .causal = options.causal,
          .window = options.window < longest_of(sequences) ? options.window : 0,
          .bias = !options.bias.empty()};
}

RaggedTable::RaggedTable(const SequenceGroup& group, const Device& device)
    : count_(static_cast<int64_t>(group.lengths.size())) {
  const int64_t begins = aligned_count(count_ + 1);
  std::vector<int32_t> integers(static_cast<size_t>(aligned_count(count_) + 2 * begins));
  int64_t row = 0;
  for (int64_t b = 0; b <= count_; ++b) {
    const auto at = static_cast<size_t>(aligned_count(count_) + b);
    integers[at] = static_cast<int32_t>(row * group.shape.heads * group.shape.width);
    integers[at + static_cast<size_t>(begins)] =
        static_cast<int32_t>(row * group.shape.kv_heads * group.shape.width);
    if (b == count_) break;
    const int64_t length = group.lengths[static_cast<size_t>(b)];
    integers[static_cast<size_t>(b)] = static_cast<int32_t>(length);
    row += length;
  }
  const MemoryScope scope(device, MemoryUse::workspace);
  integers_ = Tensor::from<int32_t>(integers, Shape{static_cast<int64_t>(integers.size())}, device);
}

RaggedRows RaggedTable::rows() const {
  if (!integers_.defined()) return {};
  const auto* first = reinterpret_cast<const int32_t*>(integers_.raw());
  const int32_t* q_begins = first + aligned_count(count_);
  return {first, q_begins, q_begins + aligned_count(count_ + 1)};
}

}  // namespace newbie::ops::cuda
