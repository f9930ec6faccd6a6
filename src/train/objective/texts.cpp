#include "train/objective/texts.h"

#include "base/hash.h"
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

pipeline::PromptIds TextSource::ids_of(const CaptionTexts& texts) const {
  return pipeline::tokenize(*networks_.gemma_tokenizer, networks_.clip_tokenizer.get(), texts.gemma,
                            texts.clip, static_cast<size_t>(networks_.recipe.captions.max_tokens));
}

std::vector<pipeline::PromptFeatures> TextSource::run(
    const std::vector<CaptionTexts>& texts) const {
  std::vector<pipeline::PromptIds> ids;
  for (const CaptionTexts& text : texts) ids.push_back(ids_of(text));
  const MemoryScope memory(networks_.device, Component::encoder, MemoryUse::activations);
  const RecordingScope recording(networks_.device, learning_);
  std::vector<pipeline::PromptFeatures> features(texts.size());
  const auto captions = pipeline::encode_captions(*networks_.text_encoder, ids);
  for (size_t i = 0; i < texts.size(); ++i) features[i].caption = captions[i];
  if (!networks_.clip_model) return features;
  const auto pooled = pipeline::encode_pooled(*networks_.clip_model, ids);
  for (size_t i = 0; i < texts.size(); ++i) features[i].pooled = pooled[i];
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
      const pipeline::PromptFeatures made = run({texts[i]}).front();
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

std::vector<pipeline::PromptFeatures> TextSource::operator()(
    const std::vector<CaptionTexts>& texts) {
  if (learning_) return run(texts);
  std::vector<pipeline::PromptFeatures> features(texts.size());
  std::vector<CaptionTexts> missing;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (const auto known = kept(key_of(texts[i]))) {
      features[i].caption = ops::to_device(known->caption, networks_.device);
      if (known->pooled.defined()) {
        features[i].pooled = ops::to_device(known->pooled, networks_.device);
      }
    } else {
      missing.push_back(texts[i]);
    }
  }
  if (missing.empty()) return features;
  auto made = run(missing);
  for (size_t i = 0, next = 0; i < texts.size(); ++i) {
    if (!features[i].caption.defined()) features[i] = std::move(made[next++]);
  }
  return features;
}

}  // namespace newbie::train
