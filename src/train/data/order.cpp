#include "train/data/order.h"

#include <algorithm>

#include "base/error.h"
#include "train/data/random.h"

namespace newbie::train {
namespace {

/// Passes are prepared ahead, over the end of an epoch too.
constexpr size_t kKeptEpochs = 3;

int64_t batches_of(size_t examples, int64_t batch) {
  return (static_cast<int64_t>(examples) + batch - 1) / batch;
}

}  // namespace

BatchOrder::BatchOrder(std::vector<std::vector<int64_t>> by_bucket, int64_t batch, uint64_t seed,
                       int64_t batches_per_group)
    : by_bucket_(std::move(by_bucket)), batch_(batch), seed_(seed), group_(batches_per_group) {
  for (const auto& examples : by_bucket_) batches_ += batches_of(examples.size(), batch_);
  check(batches_ > 0, "BatchOrder: there are no examples");
}

BatchGroup BatchOrder::group_of(int64_t pass) const {
  const auto planned = epoch(epoch_of(pass));
  BatchGroup group = planned->groups[planned->of_pass[static_cast<size_t>(pass % batches_)]];
  group.first_pass += epoch_of(pass) * batches_;
  return group;
}

Batch BatchOrder::at(int64_t pass) const {
  const BatchGroup group = group_of(pass);
  const auto begin = static_cast<size_t>((pass - group.first_pass) * batch_);
  const size_t end = std::min(group.examples.size(), begin + static_cast<size_t>(batch_));
  return {group.bucket,
          {group.examples.begin() + static_cast<std::ptrdiff_t>(begin),
           group.examples.begin() + static_cast<std::ptrdiff_t>(end)}};
}

std::shared_ptr<const BatchOrder::Epoch> BatchOrder::epoch(int64_t number) const {
  const std::scoped_lock lock(mutex_);
  auto& planned = epochs_[number];
  if (!planned) planned = std::make_shared<const Epoch>(plan(number));
  const auto found = planned;
  while (epochs_.size() > kKeptEpochs) epochs_.erase(epochs_.begin());
  return found;
}

BatchOrder::Epoch BatchOrder::plan(int64_t epoch) const {
  // Every bucket and the order of groups have their own shuffle in every epoch.
  const auto shuffles = static_cast<int64_t>(by_bucket_.size()) + 1;
  const auto shuffle = [&](size_t which, size_t count) {
    const auto round = static_cast<uint32_t>(epoch * shuffles + static_cast<int64_t>(which));
    return random_order(seed_, Purpose::order, round, static_cast<int64_t>(count));
  };
  std::vector<BatchGroup> groups;
  const auto most = static_cast<size_t>(batch_ * group_);
  for (size_t bucket = 0; bucket < by_bucket_.size(); ++bucket) {
    const auto& examples = by_bucket_[bucket];
    const std::vector<int64_t> order = shuffle(bucket, examples.size());
    for (size_t i = 0; i < order.size(); ++i) {
      if (i % most == 0) groups.push_back({0, bucket, {}});
      groups.back().examples.push_back(examples[static_cast<size_t>(order[i])]);
    }
  }
  Epoch planned;
  for (const int64_t index : shuffle(by_bucket_.size(), groups.size())) {
    BatchGroup& group = groups[static_cast<size_t>(index)];
    group.first_pass = static_cast<int64_t>(planned.of_pass.size());
    const int64_t batches = batches_of(group.examples.size(), batch_);
    planned.of_pass.insert(planned.of_pass.end(), static_cast<size_t>(batches),
                           planned.groups.size());
    planned.groups.push_back(std::move(group));
  }
  return planned;
}

}  // namespace newbie::train
