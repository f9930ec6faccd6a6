#pragma once
/// The attribute classifier: a small convolutional network that says what a picture of the world
/// shows, place by place from left to right. It needs no boxes, so drawn and generated pictures are
/// judged alike.

#include <filesystem>
#include <vector>

#include "eval/classifier/config.h"
#include "image/image.h"
#include "io/names.h"
#include "nn/conv.h"
#include "nn/linear.h"
#include "nn/norm.h"

namespace newbie::eval {

/// Every tensor of the network, in the order of its forward pass.
std::vector<io::TensorSpec> expected_tensors(const ClassifierConfig& config);

class Classifier {
 public:
  Classifier(const ClassifierConfig& config, const nn::WeightScope& scope);

  struct Seen {
    Tensor features;  ///< [B, features]
    Tensor logits;    ///< [B, outputs()]
  };
  /// Pictures [B,3,size,size] in [-1,1], in the type that computes.
  Seen operator()(const Tensor& pictures) const;

  const ClassifierConfig& config() const { return config_; }

 private:
  /// Half the size, then a look around.
  struct Stage {
    nn::Conv2d down;
    nn::GroupNorm norm1;
    nn::Conv2d conv;
    nn::GroupNorm norm2;
  };
  ClassifierConfig config_;
  std::vector<Stage> stages_;
  nn::Conv2d cells_;
  nn::GroupNorm cells_norm_;
  nn::Linear features_, heads_;
};

/// A stored classifier's tensors, checked against its config. Errors: `file.*`, `config.*`,
/// `weights.*`.
std::unique_ptr<nn::WeightProvider> classifier_weights(const std::filesystem::path& folder,
                                                       const Device& device);

/// The most likely answer to every question, per picture. Shapes: logits [B, outputs()].
std::vector<std::vector<int32_t>> most_likely(const Tensor& logits);

/// What one picture was found to show, and where it lies in the space of features.
struct Judgement {
  world::Scene scene;
  std::vector<float> features;
};

/// A loaded classifier. Pictures of other sizes are resized to cover its square.
class Judge {
 public:
  /// `folder` holds config.json and weights. Errors: `file.*`, `config.*`, `weights.*`.
  Judge(const std::filesystem::path& folder, const Device& device);
  Judge(Classifier classifier, const Device& device)
      : classifier_(std::move(classifier)), device_(device) {}

  Judgement operator()(const image::Picture& picture) const;
  std::vector<Judgement> operator()(std::span<const image::Picture> pictures) const;

 private:
  Classifier classifier_;
  Device device_;
};

}  // namespace newbie::eval
