#pragma once
/// Which pictures come in which forward pass: a function of (seed, number of the pass) alone.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace newbie::train {

/// Examples of one shape that go through the network together.
struct Batch {
  size_t bucket = 0;
  std::vector<int64_t> examples;
};

/// Shuffles each bucket, cuts it into batches, shuffles the batches; every epoch anew. The last
/// batch of a bucket may be smaller. Not thread-safe.
class BatchOrder {
 public:
  /// `by_bucket`: indices of examples per bucket, one entry for each showing in an epoch.
  BatchOrder(std::vector<std::vector<int64_t>> by_bucket, int64_t batch, uint64_t seed);

  int64_t batches_per_epoch() const { return batches_; }
  int64_t epoch_of(int64_t pass) const { return pass / batches_; }
  /// The batch of forward pass `pass`, counting from 0 over all epochs.
  Batch at(int64_t pass);

 private:
  void plan(int64_t epoch);

  std::vector<std::vector<int64_t>> by_bucket_;
  int64_t batch_;
  uint64_t seed_;
  int64_t batches_ = 0;
  int64_t planned_epoch_ = -1;
  std::vector<Batch> planned_;
};

}  // namespace newbie::train
