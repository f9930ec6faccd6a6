#pragma once
/// Captions as features of the text towers: kept where the towers stand still, computed where they
/// learn or captions never end.

#include <unordered_map>
#include <vector>

#include "pipeline/text_stage.h"
#include "train/data/cache.h"
#include "train/data/captions.h"
#include "train/model/networks.h"

namespace newbie::train {

/// A caption, and its ids for both encoders.
struct CaptionIds {
  CaptionTexts texts;
  pipeline::PromptIds ids;
};

/// Features of a batch, packed.
struct BatchFeatures {
  Tensor caption;         ///< [T, cap_feat_dim]
  ops::Packing captions;  ///< rows of each
  Tensor pooled;          ///< [B, clip_text_dim], or undefined
};

/// Captions in, their ids and features out.
class TextSource {
 public:
  TextSource(TrainNetworks& networks, TensorCache cache);

  /// Thread-safe: for whoever prepares batches.
  CaptionIds ids_of(CaptionTexts texts) const;

  /// Features of every caption, towers run where they must; with gradients where they learn.
  BatchFeatures operator()(const std::vector<CaptionIds>& captions);
  /// The same one by one, for samples.
  std::vector<pipeline::PromptFeatures> apart(const std::vector<CaptionTexts>& texts);
  /// Makes and keeps the features of these texts, so that the towers can be let go.
  void keep(const std::vector<CaptionTexts>& texts,
            const std::function<void(int64_t done, int64_t total)>& progress);

 private:
  BatchFeatures run(const std::vector<CaptionIds>& captions) const;
  uint64_t key_of(const CaptionTexts& texts) const;
  std::optional<pipeline::PromptFeatures> kept(uint64_t key);

  TrainNetworks& networks_;
  TensorCache cache_;
  uint64_t towers_key_ = 0;
  bool learning_;
  std::unordered_map<uint64_t, pipeline::PromptFeatures> memory_;
};

}  // namespace newbie::train
