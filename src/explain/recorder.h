#pragma once
/// Listens to the joint layers of a transformer and keeps what each image token gave to each node.

#include <array>
#include <vector>

#include "explain/heat_maps.h"
#include "explain/nodes.h"
#include "models/next_dit/model.h"

namespace newbie::explain {

/// Which joint layers are watched: every `every`-th, the first of them in the middle of the first
/// such stretch.
struct LayerChoice {
  int64_t every = 1;
  bool watches(int64_t layer) const { return layer % every == every / 2; }
  /// At most twelve, evenly: the maps of neighbouring layers hardly differ, and each costs one
  /// attention.
  static LayerChoice of(int64_t layers) { return {std::max<int64_t>(1, layers / 12)}; }
};

/// Sums stay on the device until a picture is done. Between begin() and finish() every evaluation
/// of every step is watched. Cost: an attention of the conditional images per watched layer and
/// head width of nodes.
class AttentionRecorder {
 public:
  AttentionRecorder(Questions questions, LayerChoice layers);

  /// Starts the pictures of one batch, `rows` x `columns` image tokens each.
  void begin(int64_t images, int64_t rows, int64_t columns);
  /// The step whose evaluations follow.
  void step(int step, int steps);
  /// One layer; the conditional images come first in it.
  void look(const next_dit::AttentionView& view);
  /// The maps of the batch. Waits for the device.
  std::vector<HeatMaps> finish();

  const Questions& questions() const { return questions_; }
  const LayerChoice& layers() const { return layers_; }

 private:
  const Tensor& groups_for(const next_dit::AttentionView& view, int64_t rows);

  Questions questions_;
  LayerChoice layers_;
  int64_t images_ = 0, rows_ = 0, columns_ = 0;
  Tensor groups_;  ///< [S,G] of the conditional images
  ops::Packing sequences_;
  size_t third_ = 0;
  std::array<Tensor, 3> sums_;  ///< [S,G] per third of the run
  std::array<int64_t, 3> looks_{};
};

}  // namespace newbie::explain
