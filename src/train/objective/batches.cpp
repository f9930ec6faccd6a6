#include "train/objective/batches.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/data/random.h"

namespace newbie::train {
namespace {

/// Groups whose captions are kept: as many as may be under way.
constexpr size_t kKeptGroups = 64;

/// Seeds of streams differ, so that they do not repeat each other's choices.
uint64_t seed_of(uint64_t seed, size_t stream) { return seed + (uint64_t{stream} << 40); }

}  // namespace

std::vector<std::vector<size_t>> dealt_by_length(const std::vector<size_t>& lengths, size_t batch) {
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return lengths[i]; });
  std::vector<std::vector<size_t>> batches;
  for (size_t begin = 0; begin < order.size(); begin += batch) {
    const size_t end = std::min(order.size(), begin + batch);
    batches.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                         order.begin() + static_cast<std::ptrdiff_t>(end));
    // Stratified times grow along a batch: lengths must not.
    std::ranges::sort(batches.back());
  }
  return batches;
}

PassPlace place_of(int64_t pass, int64_t passes, const PicturesSection& pictures) {
  if (pictures.late_resolution == 0) return {0, pass};
  const auto first =
      static_cast<int64_t>(std::llround(pictures.late_from * static_cast<double>(passes)));
  const auto late_before = [&](int64_t number) {
    if (number <= first) return int64_t{0};
    return static_cast<int64_t>(pictures.late_share * static_cast<double>(number - first));
  };
  const int64_t before = late_before(pass);
  if (late_before(pass + 1) > before) return {1, before};
  return {0, pass - before};
}

BatchMaker::BatchMaker(const Recipe& recipe, std::vector<PictureStream>& streams,
                       const CaptionCompiler& compiler, const TextSource& texts,
                       const SegmentationHead* head)
    : recipe_(recipe),
      seed_(static_cast<uint64_t>(recipe.run.seed)),
      streams_(streams),
      compiler_(compiler),
      texts_(texts),
      head_(head),
      token_(streams.front().latents->pixels_per_patch()) {
  for (const PictureStream& stream : streams_) {
    cells_.emplace_back(head_ ? static_cast<size_t>(stream.data->examples().size()) : 0);
  }
}

BatchMaker::Group BatchMaker::make_group(size_t stream, const BatchGroup& group,
                                         const CancelToken& cancel) const {
  const ArrangedData& data = *streams_[stream].data;
  const uint64_t seed = seed_of(seed_, stream);
  const auto number = static_cast<uint32_t>(group.first_pass);
  const size_t count = group.examples.size();
  const auto dropped = random_uniform(seed, Purpose::caption_drop, number, count);
  Group made;
  for (size_t i = 0; i < count; ++i) {
    cancel.throw_if_requested();
    const uint32_t pick = random_word(seed, Purpose::caption, number, i);
    made.captions.push_back(
        texts_.ids_of(static_cast<double>(dropped[i]) < recipe_.captions.dropout
                          ? compiler_.empty()
                          : compiler_(data.examples().caption(group.examples[i], pick))));
  }
  const auto batch = static_cast<size_t>(data.order().batch());
  std::vector<size_t> lengths;
  for (const CaptionIds& caption : made.captions) lengths.push_back(caption.ids.gemma.size());
  auto batches = dealt_by_length(lengths, batch);
  for (const int64_t index :
       random_order(seed, Purpose::grouping, number, static_cast<int64_t>(batches.size()))) {
    made.batches.push_back(std::move(batches[static_cast<size_t>(index)]));
  }
  return made;
}

std::shared_ptr<const BatchMaker::Group> BatchMaker::group_of(size_t stream,
                                                              const BatchGroup& group,
                                                              const CancelToken& cancel) {
  std::promise<std::shared_ptr<const Group>> promise;
  {
    std::unique_lock lock(mutex_);
    const auto [place, fresh] = groups_.try_emplace({stream, group.first_pass});
    if (!fresh) {
      const GroupFuture found = place->second;
      lock.unlock();
      return found.get();
    }
    place->second = promise.get_future().share();
    while (groups_.size() > kKeptGroups) {
      // Passes go up: what is lowest has been read.
      groups_.erase(groups_.begin() == place ? std::next(place) : groups_.begin());
    }
  }
  try {
    auto made = std::make_shared<const Group>(make_group(stream, group, cancel));
    promise.set_value(made);
    return made;
  } catch (...) {
    promise.set_exception(std::current_exception());
    const std::scoped_lock lock(mutex_);
    groups_.erase({stream, group.first_pass});
    throw;
  }
}

void BatchMaker::look_at(PreparedBatch& batch, int64_t example) {
  PictureStream& stream = streams_[batch.stream];
  const Bucket& bucket = stream.data->bucket(batch.bucket);
  const int64_t side = head_ ? head_->cells() : 1;
  const int64_t columns = bucket.width / token_, rows = bucket.height / token_;
  const bool encoded = stream.latents->known(example);
  std::vector<uint8_t> cells;
  if (head_) {
    const std::scoped_lock lock(mutex_);
    cells = cells_[batch.stream][static_cast<size_t>(example)];
  }
  if (!encoded || (head_ && cells.empty())) {
    auto drawn = stream.data->labelled(example, columns * side, rows * side);
    if (head_ && cells.empty()) {
      cells = drawn.cells;
      const std::scoped_lock lock(mutex_);
      cells_[batch.stream][static_cast<size_t>(example)] = std::move(drawn.cells);
    }
    if (!encoded) batch.awaited.push_back({example, std::move(drawn.picture)});
  }
  if (!head_) return;
  const auto wanted = head_->wanted(cells, rows, columns);
  batch.labels.insert(batch.labels.end(), wanted.begin(), wanted.end());
}

PreparedBatch BatchMaker::operator()(int64_t pass, const CancelToken& cancel) {
  const PassPlace place =
      place_of(pass, recipe_.run.steps * recipe_.run.accumulate, recipe_.pictures);
  const ArrangedData& data = *streams_[place.stream].data;
  const BatchGroup group = data.order().group_of(place.pass);
  const auto captions = group_of(place.stream, group, cancel);
  PreparedBatch batch;
  batch.stream = place.stream;
  batch.bucket = group.bucket;
  for (const size_t member :
       captions->batches[static_cast<size_t>(place.pass - group.first_pass)]) {
    cancel.throw_if_requested();
    const int64_t example = group.examples[member];
    batch.examples.push_back(example);
    batch.names.push_back(data.examples().info(example).name);
    batch.captions.push_back(captions->captions[member]);
    look_at(batch, example);
  }
  return batch;
}

}  // namespace newbie::train
