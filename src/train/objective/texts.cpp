#include "train/objective/texts.h"

#include "base/hash.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::train {

TextSource::TextSource(TrainNetworks& networks, TensorCache cache)
    : networks_(networks),
      cache_(std::move(cache)),
      learning_(networks.learns("text_encoder") || networks.learns("clip_model")) {
  if (learning_) return;
  towers_key_ = weights_fingerprint(networks.folder.text_encoder);
  if (!networks.folder.clip_model.empty()) {
    towers_key_ = joined_key({towers_key_, weights_fingerprint(networks.folder.clip_model)});
  }
}

CaptionIds TextSource::ids_of(CaptionTexts texts) const {
  auto ids =
      pipeline::tokenize(*networks_.gemma_tokenizer, networks_.clip_tokenizer.get(), texts.gemma,
                         texts.clip, static_cast<size_t>(networks_.recipe.captions.max_tokens));
  return {std::move(texts), std::move(ids)};
}

BatchFeatures TextSource::run(const std::vector<CaptionIds>& captions) const {
  const MemoryScope memory(networks_.device, Component::encoder, MemoryUse::activations);
  const RecordingScope recording(networks_.device, learning_);
  const auto packed = [&](std::vector<int32_t> pipeline::PromptIds::*part, ops::Packing& packing) {
    std::vector<int32_t> all;
    std::vector<int64_t> lengths;
    for (const CaptionIds& caption : captions) {
      const std::vector<int32_t>& ids = caption.ids.*part;
      all.insert(all.end(), ids.begin(), ids.end());
      lengths.push_back(static_cast<int64_t>(ids.size()));
    }
    packing = ops::Packing::of_lengths(lengths);
    return all;
  };
  BatchFeatures features;
  const auto gemma = packed(&pipeline::PromptIds::gemma, features.captions);
  features.caption = (*networks_.text_encoder)(gemma, features.captions);
  if (!networks_.clip_model) return features;
  ops::Packing packing;
  const auto clip = packed(&pipeline::PromptIds::clip, packing);
  features.pooled = (*networks_.clip_model)(clip, packing);
  return features;
}

uint64_t TextSource::key_of(const CaptionTexts& texts) const {
  return joined_key({towers_key_, hash64(texts.gemma), hash64(texts.clip),
                     static_cast<uint64_t>(networks_.compute),
                     static_cast<uint64_t>(networks_.recipe.captions.max_tokens)});
}

std::optional<pipeline::PromptFeatures> TextSource::kept(uint64_t key) {
  if (const auto found = memory_.find(key); found != memory_.end()) return found->second;
  const auto entry = cache_.find(key, Device::cpu());
  if (!entry || !entry->contains("caption")) return std::nullopt;
  pipeline::PromptFeatures features{entry->at("caption"), {}};
  if (entry->contains("pooled")) features.pooled = entry->at("pooled");
  return memory_[key] = features;
}

void TextSource::keep(const std::vector<CaptionTexts>& texts,
                      const std::function<void(int64_t, int64_t)>& progress) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const uint64_t key = key_of(texts[i]);
    if (!kept(key)) {
      const BatchFeatures made = run({ids_of(texts[i])});
      pipeline::PromptFeatures host{ops::to_host(made.caption), {}};
      if (made.pooled.defined()) host.pooled = ops::to_host(made.pooled);
      TensorCache::Entry entry{{"caption", host.caption}};
      if (host.pooled.defined()) entry["pooled"] = host.pooled;
      cache_.put(key, entry);
      memory_[key] = host;
    }
    if (progress) progress(static_cast<int64_t>(i) + 1, static_cast<int64_t>(texts.size()));
  }
}

std::vector<pipeline::PromptFeatures> TextSource::apart(const std::vector<CaptionTexts>& texts) {
  std::vector<pipeline::PromptFeatures> features;
  for (const CaptionTexts& text : texts) {
    const BatchFeatures made = (*this)({ids_of(text)});
    features.push_back({made.caption, made.pooled});
  }
  return features;
}

BatchFeatures TextSource::operator()(const std::vector<CaptionIds>& captions) {
  if (learning_) return run(captions);
  std::vector<Tensor> parts, pooled;
  std::vector<int64_t> lengths;
  for (const CaptionIds& caption : captions) {
    const auto known = kept(key_of(caption.texts));
    if (!known) return run(captions);  // drawn captions never end, and none of them is kept
    parts.push_back(known->caption);
    lengths.push_back(known->caption.dim(0));
    if (known->pooled.defined()) pooled.push_back(known->pooled);
  }
  // Joined on the host, so that a batch is one copy.
  BatchFeatures features{ops::to_device(ops::concat_rows(parts), networks_.device),
                         ops::Packing::of_lengths(lengths),
                         {}};
  if (!pooled.empty()) {
    features.pooled = ops::to_device(ops::concat_rows(pooled), networks_.device);
  }
  return features;
}

}  // namespace newbie::train
