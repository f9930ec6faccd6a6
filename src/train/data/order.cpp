#include "train/data/order.h"

#include "base/error.h"
#include "train/data/random.h"

namespace newbie::train {

BatchOrder::BatchOrder(std::vector<std::vector<int64_t>> by_bucket, int64_t batch, uint64_t seed)
    : by_bucket_(std::move(by_bucket)), batch_(batch), seed_(seed) {
  for (const auto& examples : by_bucket_) {
    batches_ += (static_cast<int64_t>(examples.size()) + batch_ - 1) / batch_;
  }
  check(batches_ > 0, "BatchOrder: there are no examples");
}

Batch BatchOrder::at(int64_t pass) {
  if (epoch_of(pass) != planned_epoch_) plan(epoch_of(pass));
  return planned_[static_cast<size_t>(pass % batches_)];
}

void BatchOrder::plan(int64_t epoch) {
  // Every bucket and the order of batches have their own shuffle in every epoch.
  const auto shuffles = static_cast<int64_t>(by_bucket_.size()) + 1;
  const auto shuffle = [&](size_t which, size_t count) {
    const auto round = static_cast<uint32_t>(epoch * shuffles + static_cast<int64_t>(which));
    return random_order(seed_, Purpose::order, round, static_cast<int64_t>(count));
  };
  std::vector<Batch> batches;
  for (size_t bucket = 0; bucket < by_bucket_.size(); ++bucket) {
    const auto& examples = by_bucket_[bucket];
    const std::vector<int64_t> order = shuffle(bucket, examples.size());
    for (size_t i = 0; i < order.size(); ++i) {
      if (i % static_cast<size_t>(batch_) == 0) batches.push_back({bucket, {}});
      batches.back().examples.push_back(examples[static_cast<size_t>(order[i])]);
    }
  }
  planned_.clear();
  for (const int64_t index : shuffle(by_bucket_.size(), batches.size())) {
    planned_.push_back(std::move(batches[static_cast<size_t>(index)]));
  }
  planned_epoch_ = epoch;
}

}  // namespace newbie::train
