#pragma once
/// An autoencoder learns to keep pictures through a small latent.

#include <memory>

#include "train/data/arranged.h"
#include "train/data/read_ahead.h"
#include "train/loop/objective.h"
#include "train/model/networks.h"

namespace newbie::train {

/// What a reconstruction lacks. Shapes: both [B,3,h,w] in [-1,1].
struct Reconstruction {
  Tensor l1;        ///< mean absolute error
  Tensor l2;        ///< mean squared error
  Tensor gradient;  ///< absolute error of differences between neighbours, across and down
  Tensor pooled;    ///< absolute error at a half and a quarter of the size
};
Reconstruction reconstruction_losses(const Tensor& found, const Tensor& wanted);

/// The weighted sum of reconstruction errors and the divergence, over pictures of a dataset.
class VaeObjective final : public Objective {
 public:
  VaeObjective(const Recipe& recipe, std::shared_ptr<const Dataset> examples, const Device& device);

  std::vector<Parameter>& parameters() override { return networks_.parameters; }
  Losses pass(const Pass& pass) override;
  void parameters_changed() override { networks_.rebuild_vae(); }
  /// Pictures above their reconstructions.
  std::vector<image::Picture> samples() override;
  /// Also measures scale and shift of the latents and writes them into the config, unless the
  /// encoder stayed as it was.
  std::filesystem::path write_result(const std::filesystem::path& folder) override;
  std::string data_identity() const override { return data_.identity(); }

 private:
  /// Pictures of a pass, made ahead.
  struct Prepared {
    std::vector<image::Picture> pictures;
    std::vector<std::string> names;
  };
  Prepared prepared(int64_t pass, const CancelToken& cancel);
  Tensor one_picture(int64_t example) const;
  flux_vae::Config measured_config() const;

  Recipe recipe_;
  Device device_;
  uint64_t seed_;
  ArrangedData data_;
  TrainNetworks networks_;
  ReadAhead<Prepared> ahead_;  // stops before what it reads goes
};

}  // namespace newbie::train
