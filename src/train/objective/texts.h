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

class TextSource {
 public:
  TextSource(TrainNetworks& networks, TensorCache cache);

  /// Features of every text, towers run where they must; with gradients where they learn.
  std::vector<pipeline::PromptFeatures> operator()(const std::vector<CaptionTexts>& texts);
  /// Makes and keeps the features of these texts, so that the towers can be let go.
  void keep(const std::vector<CaptionTexts>& texts,
            const std::function<void(int64_t done, int64_t total)>& progress);

 private:
  pipeline::PromptIds ids_of(const CaptionTexts& texts) const;
  std::vector<pipeline::PromptFeatures> run(const std::vector<CaptionTexts>& texts) const;
  uint64_t key_of(const CaptionTexts& texts) const;
  std::optional<pipeline::PromptFeatures> kept(uint64_t key);

  TrainNetworks& networks_;
  TensorCache cache_;
  uint64_t towers_key_ = 0;
  bool learning_;
  std::unordered_map<uint64_t, pipeline::PromptFeatures> memory_;
};

}  // namespace newbie::train
