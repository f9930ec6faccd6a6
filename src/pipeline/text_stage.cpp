#include "pipeline/text_stage.h"

namespace newbie::pipeline {
namespace {

struct PackedIds {
  std::vector<int32_t> ids;
  ops::Packing packing;
};

PackedIds pack(const std::vector<PromptIds>& prompts, std::vector<int32_t> PromptIds::*which) {
  PackedIds packed;
  std::vector<int64_t> lengths;
  for (const PromptIds& prompt : prompts) {
    const auto& ids = prompt.*which;
    packed.ids.insert(packed.ids.end(), ids.begin(), ids.end());
    lengths.push_back(static_cast<int64_t>(ids.size()));
  }
  packed.packing = ops::Packing::of_lengths(lengths);
  return packed;
}

}  // namespace

PromptIds tokenize(const text::Tokenizer& gemma, const text::Tokenizer* clip,
                   const std::string& gemma_text, const std::string& clip_text, size_t max_tokens) {
  PromptIds ids;
  ids.gemma = text::ids_of(gemma.encode_with_specials(
      gemma_text, max_tokens > 0 ? std::optional(max_tokens) : std::nullopt));
  if (clip) ids.clip = text::ids_of(clip->encode_with_specials(clip_text));
  return ids;
}

std::vector<Tensor> encode_captions(const gemma3::Gemma3& encoder,
                                    const std::vector<PromptIds>& prompts) {
  const PackedIds packed = pack(prompts, &PromptIds::gemma);
  const Tensor features = encoder(packed.ids, packed.packing);
  std::vector<Tensor> captions;
  for (int64_t b = 0; b < packed.packing.count(); ++b) {
    captions.push_back(features.slice(packed.packing.begin(b), packed.packing.end(b)));
  }
  return captions;
}

std::vector<Tensor> encode_pooled(const jina_clip::JinaClip& encoder,
                                  const std::vector<PromptIds>& prompts) {
  const PackedIds packed = pack(prompts, &PromptIds::clip);
  const Tensor pooled = encoder(packed.ids, packed.packing);
  std::vector<Tensor> rows;
  for (int64_t b = 0; b < packed.packing.count(); ++b) rows.push_back(pooled.slice(b, b + 1));
  return rows;
}

}  // namespace newbie::pipeline
