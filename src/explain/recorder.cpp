#include "explain/recorder.h"

#include <algorithm>

#include "ops/attention_mass.h"
#include "ops/elementwise.h"
#include "ops/transfer.h"

namespace newbie::explain {

AttentionRecorder::AttentionRecorder(Questions questions, LayerChoice layers)
    : questions_(std::move(questions)), layers_(layers) {}

void AttentionRecorder::Sum::add(const Tensor& more, int64_t count) {
  mass = mass.defined() ? ops::add(mass, more) : more;
  looks += count;
}

void AttentionRecorder::begin(int64_t images, int64_t rows, int64_t columns) {
  images_ = images;
  rows_ = rows;
  columns_ = columns;
  groups_ = {};
  evaluation_ = {};
  thirds_ = {};
}

void AttentionRecorder::step(int step, int steps) {
  keep();
  third_ = static_cast<size_t>(std::clamp(step * 3 / std::max(steps, 1), 0, 2));
}

void AttentionRecorder::keep() {
  if (evaluation_.looks > 0) thirds_[third_].add(evaluation_.mass, evaluation_.looks);
  evaluation_ = {};
  last_layer_ = -1;
}

const Tensor& AttentionRecorder::groups_for(const next_dit::AttentionView& view, int64_t rows) {
  const bool fits =
      groups_.defined() && groups_.dim(0) == rows && groups_.dtype() == view.k.dtype();
  if (fits) return groups_;
  const auto count = questions_.nodes.size();
  std::vector<float> members(static_cast<size_t>(rows) * count);
  sequences_ = {};
  for (int64_t b = 0; b < images_; ++b) {
    sequences_.offsets.push_back(view.sequences.end(b));
    const auto first = static_cast<size_t>(view.sequences.begin(b));
    for (size_t n = 0; n < count; ++n) {
      const prompt::TokenRange& tokens = questions_.nodes[n].tokens;
      for (size_t t = tokens.begin; t < tokens.end; ++t) members[(first + t) * count + n] = 1;
    }
  }
  const Shape shape{rows, static_cast<int64_t>(count)};
  groups_ = ops::cast(Tensor::from(members, shape, view.k.device()), view.k.dtype());
  return groups_;
}

void AttentionRecorder::look(const next_dit::AttentionView& view) {
  if (questions_.nodes.empty() || !layers_.watches(view.layer)) return;
  const int64_t rows = view.sequences.end(images_ - 1);
  check(view.sequences.length(0) == static_cast<int64_t>(questions_.tokens) + rows_ * columns_,
        "the recorder was begun for other pictures");
  const Tensor& groups = groups_for(view, rows);
  ops::AttentionOptions options = view.options;
  if (!options.bias.empty()) options.bias.resize(static_cast<size_t>(images_));
  const Tensor mass = ops::attention_mass(view.q.slice(0, rows), view.k.slice(0, rows), groups,
                                          sequences_, options);
  if (view.layer <= last_layer_) evaluation_ = {};
  last_layer_ = view.layer;
  evaluation_.add(mass, 1);
}

std::vector<HeatMaps> AttentionRecorder::finish() {
  keep();
  const auto count = questions_.nodes.size();
  const auto cells = static_cast<size_t>(rows_ * columns_);
  HeatMaps empty{
      .nodes = static_cast<int64_t>(count), .rows = rows_, .columns = columns_, .values = {}};
  for (auto& phase : empty.values) phase.assign(count * cells, 0.0f);
  std::vector<HeatMaps> maps(static_cast<size_t>(images_), empty);
  const int64_t all = thirds_[0].looks + thirds_[1].looks + thirds_[2].looks;
  for (size_t third = 0; third < thirds_.size(); ++third) {
    if (thirds_[third].looks == 0) continue;
    const std::vector<float> sums = ops::to_host(thirds_[third].mass).to_floats();
    for (size_t b = 0; b < maps.size(); ++b) {
      const auto first =
          static_cast<size_t>(sequences_.begin(static_cast<int64_t>(b))) + questions_.tokens;
      auto& whole = maps[b].values[0];
      auto& part = maps[b].values[third + 1];
      for (size_t n = 0; n < count; ++n) {
        for (size_t cell = 0; cell < cells; ++cell) {
          const float sum = sums[(first + cell) * count + n];
          part[n * cells + cell] = sum / static_cast<float>(thirds_[third].looks);
          whole[n * cells + cell] += sum / static_cast<float>(all);
        }
      }
    }
  }
  thirds_ = {};
  groups_ = {};
  return maps;
}

}  // namespace newbie::explain
