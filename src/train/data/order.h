#pragma once
/// Which pictures come in which forward pass: a function of (seed, number of the pass) alone.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace newbie::train {

/// Examples of one shape that go through the network together.
struct Batch {
  size_t bucket = 0;
  std::vector<int64_t> examples;
};

/// Batches of one shape that follow one another and may exchange examples.
struct BatchGroup {
  int64_t first_pass = 0;
  size_t bucket = 0;
  std::vector<int64_t> examples;  ///< of all batches
};

/// Shuffles each bucket, cuts it into groups of batches, shuffles the groups; every epoch anew. The
/// last batch of a bucket may be smaller. Thread-safe.
class BatchOrder {
 public:
  /// `by_bucket`: indices of examples per bucket, one entry for each showing in an epoch.
  BatchOrder(std::vector<std::vector<int64_t>> by_bucket, int64_t batch, uint64_t seed,
             int64_t batches_per_group = 1);

  int64_t batch() const { return batch_; }
  int64_t batches_per_epoch() const { return batches_; }
  int64_t epoch_of(int64_t pass) const { return pass / batches_; }
  /// The group of forward pass `pass`, counting from 0 over all epochs.
  BatchGroup group_of(int64_t pass) const;
  /// The batch of a pass, as its group has it.
  Batch at(int64_t pass) const;

 private:
  struct Epoch {
    std::vector<BatchGroup> groups;  ///< passes counted from the epoch's first
    std::vector<size_t> of_pass;     ///< index of its group
  };
  std::shared_ptr<const Epoch> epoch(int64_t number) const;
  Epoch plan(int64_t epoch) const;

  std::vector<std::vector<int64_t>> by_bucket_;
  int64_t batch_;
  uint64_t seed_;
  int64_t group_;
  int64_t batches_ = 0;
  mutable std::mutex mutex_;
  mutable std::map<int64_t, std::shared_ptr<const Epoch>> epochs_;  ///< the latest ones
};

}  // namespace newbie::train
