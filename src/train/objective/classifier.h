#pragma once
/// The attribute classifier of the ruler learns to say what pictures of the world show.

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "eval/classifier/model.h"
#include "train/data/read_ahead.h"
#include "train/loop/objective.h"
#include "train/model/learned_part.h"
#include "train/recipe/recipe.h"
#include "world/sampler.h"

namespace newbie::train {

/// Cross entropy of the attributes of every place, over pictures of the world.
class ClassifierObjective final : public Objective {
 public:
  /// `recipe.model.path` is a folder with the classifier's config.json; it starts from the
  /// weights beside it, and at random where there are none. The
  /// pictures are those of the recipe's one [[data]], which is the world. With `pictures.cache`
  /// they are drawn once and kept in memory. Errors: `config.*`.
  ClassifierObjective(const Recipe& recipe, const Device& device);

  std::vector<Parameter>& parameters() override { return parameters_; }
  Losses pass(const Pass& pass) override;
  /// config.json, weights in bf16, and accuracy.json: what it gets right on pictures that it never
  /// saw.
  std::filesystem::path write_result(const std::filesystem::path& folder) override;
  std::string data_identity() const override;

 private:
  /// A picture with what should be said of it.
  struct Example {
    image::Picture picture;
    std::vector<int32_t> answers;
  };
  using Shown = std::shared_ptr<const Example>;
  struct Prepared {
    std::vector<Shown> examples;
    std::vector<uint8_t> pixels;  ///< of all of them: copying takes longer than learning from them
    std::vector<std::string> names;
  };
  Prepared prepared(int64_t pass, const CancelToken& cancel);
  Shown shown(int64_t index);
  world::Sample drawn(uint64_t index) const;
  /// Pictures as the world draws them, and the same a little noisier or softer, as models draw.
  Tensor pictures_of(const Prepared& batch, uint32_t number) const;
  eval::BindingReport held_out() const;

  Recipe recipe_;
  Device device_;
  DType compute_;
  uint64_t seed_;
  world::Sampler sampler_;
  std::vector<Parameter> parameters_;
  std::unique_ptr<nn::WeightProvider> weights_;
  std::optional<eval::Classifier> classifier_;
  std::mutex mutex_;
  std::vector<Shown> kept_;    ///< by number; empty without the cache
  ReadAhead<Prepared> ahead_;  // stops before what it reads goes
};

}  // namespace newbie::train
