#include "train/data/dataset.h"

#include <algorithm>

#include "base/error.h"

namespace newbie::train {

JoinedDataset::JoinedDataset(std::vector<std::unique_ptr<Dataset>> parts)
    : parts_(std::move(parts)), begins_{0} {
  for (const auto& part : parts_) begins_.push_back(begins_.back() + part->size());
}

JoinedDataset::Place JoinedDataset::place(int64_t index) const {
  check(index >= 0 && index < size(), "JoinedDataset: no such example");
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), index);
  const auto part = static_cast<size_t>(after - begins_.begin()) - 1;
  return {*parts_[part], index - begins_[part]};
}

ExampleInfo JoinedDataset::info(int64_t index) const {
  const Place at = place(index);
  return at.part.info(at.index);
}

image::Picture JoinedDataset::picture(int64_t index) const {
  const Place at = place(index);
  return at.part.picture(at.index);
}

std::string JoinedDataset::caption(int64_t index, uint32_t pick) const {
  const Place at = place(index);
  return at.part.caption(at.index, pick);
}

uint32_t JoinedDataset::captions(int64_t index) const {
  const Place at = place(index);
  return at.part.captions(at.index);
}

std::optional<LabelMap> JoinedDataset::labels(int64_t index) const {
  const Place at = place(index);
  return at.part.labels(at.index);
}

Drawn JoinedDataset::drawn(int64_t index) const {
  const Place at = place(index);
  return at.part.drawn(at.index);
}

bool has_endless_captions(const Dataset& data) {
  for (int64_t i = 0; i < data.size(); ++i) {
    if (data.captions(i) == 0) return true;
  }
  return false;
}

bool JoinedDataset::synthetic() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const auto& part) { return part->synthetic(); });
}

}  // namespace newbie::train
