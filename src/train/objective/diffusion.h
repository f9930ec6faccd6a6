#pragma once
/// Flow matching: the transformer, or an addition to it, learns the way from noise to pictures.
/// Text towers may learn along.

#include <functional>
#include <memory>
#include <optional>

#include "train/loop/objective.h"
#include "train/objective/latents.h"
#include "train/objective/segmentation.h"
#include "train/objective/texts.h"

namespace newbie::train {

/// Told what is being prepared: "encode pictures", done, of how many.
using Preparing = std::function<void(const std::string& stage, int64_t done, int64_t total)>;

class DiffusionObjective final : public Objective {
 public:
  /// Loads networks and fills caches. Errors: those of loading; `recipe.*`.
  DiffusionObjective(const Recipe& recipe, std::unique_ptr<Dataset> examples, const Device& device,
                     const Preparing& preparing = {});

  std::vector<Parameter>& parameters() override { return networks_.parameters; }
  Losses pass(const Pass& pass) override;
  std::vector<image::Picture> samples() override;
  std::filesystem::path write_result(const std::filesystem::path& folder) override;
  std::string data_identity() const override { return data_.identity(); }

 private:
  /// Pictures on their way between noise and themselves.
  struct Mixed {
    std::vector<Tensor> latents;  ///< (1 - t) noise + t picture
    std::vector<Tensor> targets;  ///< picture - noise
    std::vector<float> times;
  };
  void prepare(const Preparing& preparing);
  std::vector<CaptionTexts> captions_of(const Batch& batch, const Pass& pass) const;
  Mixed mix(const std::vector<Tensor>& pictures, const Pass& pass) const;
  std::vector<std::vector<uint8_t>> labels_of(const Batch& batch) const;
  const flux_vae::FluxVae* encoder() const { return networks_.vae ? &*networks_.vae : nullptr; }

  Recipe recipe_;
  Device device_;
  uint64_t seed_;
  ArrangedData data_;
  CaptionCompiler compiler_;
  TrainNetworks networks_;
  std::optional<LatentSource> latents_;
  std::optional<TextSource> texts_;
  std::optional<SegmentationHead> segmentation_;
};

}  // namespace newbie::train
