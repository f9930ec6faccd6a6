#pragma once
/// Listens to the joint layers of a transformer and keeps what each image token gave to each node.

#include <algorithm>
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
  /// Evenly, so that an evaluation costs at most twelve attentions of its own: maps of neighbouring
  /// layers hardly differ. A look costs one attention per head width of nodes.
  static LayerChoice of(int64_t layers, int64_t nodes, int64_t head_width) {
    const int64_t attentions = layers * ((nodes + head_width - 1) / head_width);
    return {std::clamp<int64_t>((attentions + 11) / 12, 1, layers)};
  }
};

/// Sums stay on the device until a picture is done. Between begin() and finish() every evaluation
/// of every step is watched; one that is run again, because it left the range of f16, counts once.
/// Cost: an attention of the conditional images per watched layer and head width of nodes.
class AttentionRecorder {
 public:
  AttentionRecorder(Questions questions, LayerChoice layers);

  /// Starts the pictures of one batch, `rows` x `columns` image tokens each.
  void begin(int64_t images, int64_t rows, int64_t columns);
  /// An evaluation follows, of this step.
  void step(int step, int steps);
  /// One layer; the conditional images come first in it.
  void look(const next_dit::AttentionView& view);
  /// The maps of the batch. Waits for the device.
  std::vector<HeatMaps> finish();

  const Questions& questions() const { return questions_; }
  const LayerChoice& layers() const { return layers_; }

 private:
  /// A sum over looks: [S,G] of the conditional images.
  struct Sum {
    Tensor mass;
    int64_t looks = 0;
    void add(const Tensor& more, int64_t count);
  };

  const Tensor& groups_for(const next_dit::AttentionView& view, int64_t rows);
  /// The evaluation stands: into the third that it belongs to.
  void keep();

  Questions questions_;
  LayerChoice layers_;
  int64_t images_ = 0, rows_ = 0, columns_ = 0;
  Tensor groups_;  ///< [S,G] of the conditional images
  ops::Packing sequences_;
  size_t third_ = 0;
  int64_t last_layer_ = -1;
  Sum evaluation_;
  std::array<Sum, 3> thirds_;
};

}  // namespace newbie::explain
