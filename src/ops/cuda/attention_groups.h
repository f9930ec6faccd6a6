#pragma once
/// Sequences that one call of cuDNN's attention computes: of one length, or, where lengths are
/// many, of all lengths at once behind a table of where each begins.

#include <functional>
#include <vector>

#include "ops/attention.h"
#include "ops/cuda/sdpa.h"

namespace newbie::ops::cuda {

/// Runs of one length that are quicker one by one than behind a table. Every length is a plan.
inline constexpr int64_t kFewRuns = 8;

/// How often the length changes from one sequence to the next; empty ones do not count.
int64_t runs_of(const Packing& sequences);

struct SequenceGroup {
  SdpaShape shape;
  int64_t first = 0;             ///< its first sequence; empty ones do not count
  int64_t begin = 0;             ///< its first row
  std::vector<int64_t> lengths;  ///< none is 0

  int64_t rows() const;
};

/// Sequences of one length that follow one another. A group takes at most as many bytes by `bytes`
/// as `most` unless it is a single sequence.
using GroupBytes = std::function<size_t(const SdpaShape&)>;
std::vector<SequenceGroup> groups_of_one_length(const SdpaShape& kind, const Packing& sequences,
                                                const GroupBytes& bytes, size_t most);
/// All sequences, whatever their lengths, in as few groups as `most` allows.
std::vector<SequenceGroup> ragged_groups(const SdpaShape& kind, const Packing& sequences,
                                         const GroupBytes& bytes, size_t most);

/// Why sequences do not go behind a table; "" when they do.
std::string ragged_declines(const Tensor& q, const Packing& sequences,
                            const AttentionOptions& options);

/// What all groups of a call have in common. A window that reaches everything is none.
SdpaShape kind_of(const Tensor& q, const Tensor& k, const Packing& sequences,
                  const AttentionOptions& options);

/// The table of a ragged group, on the device for as long as this lives.
class RaggedTable {
 public:
  RaggedTable() = default;
  RaggedTable(const SequenceGroup& group, const Device& device);
  RaggedRows rows() const;

 private:
  int64_t count_ = 0;
  Tensor integers_;
};

}  // namespace newbie::ops::cuda
