#pragma once
/// Flow matching: the transformer, or an addition to it, learns the way from noise to pictures.
/// Text towers may learn along.

#include <functional>
#include <memory>
#include <optional>

#include "train/loop/objective.h"
#include "train/objective/batches.h"

namespace newbie::train {

/// Told what is being prepared: "encode pictures", done, of how many.
using Preparing = std::function<void(const std::string& stage, int64_t done, int64_t total)>;

/// The squared error of velocities, over noised latents and the features of their captions.
class DiffusionObjective final : public Objective {
 public:
  /// Loads networks and fills caches. Errors: those of loading; `recipe.*`.
  DiffusionObjective(const Recipe& recipe, const Resolutions& examples, const Device& device,
                     const Preparing& preparing = {});

  std::vector<Parameter>& parameters() override { return networks_.parameters; }
  Losses pass(const Pass& pass) override;
  std::vector<image::Picture> samples() override;
  std::filesystem::path write_result(const std::filesystem::path& folder) override;
  std::string data_identity() const override { return streams_.front().data->identity(); }

 private:
  /// Pictures on their way between noise and themselves, as patches.
  struct Mixed {
    Tensor patches;  ///< (1 - t) noise + t picture
    Tensor targets;  ///< picture - noise
    std::vector<float> times;
  };
  void arrange(const Resolutions& examples);
  void prepare(const Preparing& preparing);
  void keep_captions(const std::function<void(int64_t done, int64_t total)>& progress);
  Mixed mix(const PreparedBatch& batch, const Pass& pass);
  const Dataset& examples() const { return streams_.front().data->examples(); }

  Recipe recipe_;
  Device device_;
  uint64_t seed_;
  CaptionCompiler compiler_;
  TrainNetworks networks_;
  std::vector<PictureStream> streams_;
  std::optional<TextSource> texts_;
  std::optional<SegmentationHead> segmentation_;
  std::optional<BatchMaker> maker_;
  std::optional<ReadAhead<PreparedBatch>> ahead_;  // stops before what it reads goes
};

}  // namespace newbie::train
