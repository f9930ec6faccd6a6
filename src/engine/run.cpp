#include "engine/run.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>

#include "base/hash.h"
#include "engine/weights_hash.h"
#include "image/line_enhance.h"
#include "image/png.h"
#include "image/resize.h"
#include "ops/transfer.h"

namespace newbie::engine {
namespace {

constexpr int kHashingThreads = 4;

uint64_t physical_memory() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(::sysconf(_SC_PAGE_SIZE));
}

uint64_t peak_resident() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) << 10;
}

/// Where the mask is black the start picture stays, byte for byte.
void keep_masked(image::Picture& drawn, const StartPicture& start) {
  const std::vector<float> paint = image::brightness(*start.mask);
  for (size_t p = 0; p < paint.size(); ++p) {
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& level = drawn.pixels[3 * p + c];
      const auto kept = static_cast<float>(start.picture.pixels[3 * p + c]);
      level = static_cast<uint8_t>(
          std::lround(paint[p] * static_cast<float>(level) + (1 - paint[p]) * kept));
    }
  }
}

}  // namespace

Conditioning Run::encode(const PreparedPrompt& prompt) {
  const std::vector<pipeline::PromptIds> ids{prompt.positive, prompt.negative};
  Conditioning out;
  {
    const MemoryScope memory(model_.device, Component::encoder, MemoryUse::activations);
    const auto& encoder =
        loaded(model_.text_encoder, "text encoder", encoders_rest(), [&](const auto& progress) {
          return pipeline::load_text_encoder(model_.folder, encoder_use(), progress,
                                             model_.adapters.wrap());
        });
    watch_.begin("encode prompt", 1);
    const auto captions =
        pipeline::encode_captions(encoder, ids,
                                  {.weights = *pipeline::weight_law_named(request_.weight_mode),
                                   .isolation = encoder_isolation(request_)});
    out.positive.caption = captions[0];
    out.negative.caption = captions[1];
  }
  model_.text_encoder.rest(model_.device, encoders_rest());
  if (model_.folder.clip_model.empty()) return out;
  {
    const MemoryScope memory(model_.device, Component::encoder, MemoryUse::activations);
    const auto& clip =
        loaded(model_.clip_model, "CLIP model", encoders_rest(), [&](const auto& progress) {
          return pipeline::load_clip_model(model_.folder, encoder_use(), progress,
                                           model_.adapters.wrap());
        });
    watch_.begin("encode pooled text", 1);
    const auto pooled = pipeline::encode_pooled(clip, ids);
    out.positive.pooled = pooled[0];
    out.negative.pooled = pooled[1];
  }
  model_.clip_model.rest(model_.device, encoders_rest());
  return out;
}

Conditioning Run::conditioning(const PreparedPrompt& prompt) {
  GenerateRequest asked = request_;
  if (!model_.adapters.change_prompts()) asked.lora.clear();
  const uint64_t key = conditioning_key(asked);
  const auto moved = [](Conditioning features, const auto& move) {
    for (pipeline::PromptFeatures* side : {&features.positive, &features.negative}) {
      side->caption = move(side->caption);
      if (side->pooled.defined()) side->pooled = move(side->pooled);
    }
    return features;
  };
  if (const Conditioning* known = model_.conditionings.find(key)) {
    return moved(*known, [&](const Tensor& x) { return ops::to_device(x, model_.device); });
  }
  Conditioning fresh = encode(prompt);
  // In host memory: the device's was planned without what was encoded before.
  model_.conditionings.put(key, moved(fresh, ops::to_host));
  return fresh;
}

std::optional<StartPicture> Run::start_picture() const {
  if (request_.init.empty()) return std::nullopt;
  const auto fit = [&](const std::string& path) {
    return image::cover(image::to_rgb(image::read_png(path)), *request_.width, *request_.height,
                        image::Filter::lanczos);
  };
  StartPicture start{fit(request_.init), {}};
  if (!request_.mask.empty()) start.mask = fit(request_.mask);
  return start;
}

const next_dit::NextDiT& Run::transformer() {
  return loaded(model_.transformer, "transformer", others_rest(), [&](const auto& progress) {
    nn::WeightUse weights = use(ops::Residency::packed);
    if (model_.policy.offload == Offload::all) {
      weights.stream = std::make_shared<StreamedWeights>(model_.device);
    }
    stream_ = weights.stream;
    return pipeline::load_transformer(model_.folder, weights, progress, model_.adapters.wrap());
  });
}

flux_vae::FluxVae& Run::vae() {
  return loaded(model_.vae, "VAE", others_rest(), [&](const auto& progress) {
    const auto precise = weight_use(request_.vae_dtype, model_.device, ops::Residency::packed);
    const bool encodes = !request_.init.empty() || model_.options.keep_loaded;
    return pipeline::load_vae(model_.parts(), precise, {.encoder = encodes, .decoder = true},
                              progress);
  });
}

flux_vae::Tiling Run::tiling() const {
  flux_vae::Tiling tiling{.tile_pixels = request_.vae_tile};
  if (request_.vae_tile < 0 && model_.device.kind() == DeviceKind::cuda) {
    tiling.tile_pixels = model_.policy.vae_tile;
  } else if (request_.vae_tile < 0) {
    // By installed, not by free memory: the same machine always makes the same picture.
    tiling = flux_vae::tiling_for_budget(model_.vae->config(), *request_.width, *request_.height,
                                         model_.vae->compute(), physical_memory() / 5 * 2);
  }
  tiling.overlap = request_.vae_tile_overlap;
  return tiling;
}

StartLatents Run::encode_start(const StartPicture& start) {
  const MemoryScope memory(model_.device, Component::vae, MemoryUse::activations);
  auto& network = vae();
  watch_.begin("encode start picture", 1);
  StartLatents out;
  out.latent = pipeline::latent_of(network, start.picture, model_.device, tiling());
  if (start.mask) out.mask = pipeline::mask_of(*start.mask, out.latent.shape(), model_.device);
  return out;
}

void Run::decode(const std::vector<Sampled>& latents, const std::optional<StartPicture>& start,
                 const PreparedPrompt& prompt) {
  const MemoryScope memory(model_.device, Component::vae, MemoryUse::activations);
  auto& network = vae();
  watch_.begin("hash weights", 1);
  const Hashes weights =
      hashing_ ? hashing_->take() : hash_weights(model_.parts(), model_.device, model_.hashes);
  const Hashes inputs = hash_inputs(request_);
  watch_.begin("decode", static_cast<int64_t>(latents.size()));
  const auto rounding =
      request_.rounding == "truncate" ? image::Rounding::truncate : image::Rounding::nearest;
  for (const Sampled& sampled : latents) {
    image::Picture picture = image::enhance_lines(
        pipeline::picture_of(network, sampled.latent, rounding, tiling()), request_.line_enhance);
    if (start && start->mask) keep_masked(picture, *start);
    GenerateRequest alone = request_;
    alone.seed = sampled.seed;
    alone.variation_seed = sampled.variation_seed;
    alone.count = alone.batch = 1;
    StageHashes stages = sampled.stages;
    stages.pixels = hex64(
        hash64({reinterpret_cast<const char*>(picture.pixels.data()), picture.pixels.size()}));
    const auto metadata =
        metadata_of({alone, prompt.texts, weights, inputs, model_.folder.root.filename().string(),
                     model_.device.device_class(), stages});
    if (events_.image) {
      events_.image({sampled.index,
                     sampled.seed,
                     {picture.width, picture.height, picture.pixels},
                     image::encode_png(picture, metadata)});
    }
    tell_where_it_looked(sampled, picture);
    watch_.advance(sampled.index + 1);
  }
}

void Run::tell_where_it_looked(const Sampled& sampled, const image::Picture& picture) const {
  if (!sampled.maps) return;
  Explanation explanation{.index = sampled.index, .seed = sampled.seed, .files = {}, .leakage = {}};
  explanation.leakage = explain::to_text(
      explain::leakage_of(explain::regions_of(*questions_, *sampled.maps), *sampled.maps));
  for (auto& file : explain::files_of(*questions_, *sampled.maps, picture, provenance_,
                                      model_.device.threads())) {
    explanation.files.push_back({std::move(file.name), std::move(file.bytes)});
  }
  events_.explanation(std::move(explanation));
}

RunReport Run::report() const {
  RunReport out;
  const MemoryReport memory = model_.device.allocator().report();
  for (size_t c = 0; c < kComponents; ++c) {
    for (size_t u = 0; u < kMemoryUses; ++u) {
      const auto component = static_cast<Component>(c);
      const auto use = static_cast<MemoryUse>(u);
      const uint64_t peak = memory.of(component, use).peak;
      if (peak > 0)
        out.memory.push_back({fmt::format("{} {}", name_of(component), name_of(use)), peak});
    }
  }
  out.memory.push_back({"all at once", memory.total.peak});
  out.peak_resident_bytes = peak_resident();
  out.seconds = watch_.seconds();
  return out;
}

RunReport Run::operator()() {
  // The host has little else to do while another device computes.
  if (model_.device.kind() == DeviceKind::cuda) {
    hashing_.emplace(model_.parts(), std::min(kHashingThreads, model_.device.threads()),
                     model_.hashes);
  }
  if (!model_.tokenizers) {
    watch_.begin("load tokenizers", 1);
    model_.tokenizers = load_tokenizers(model_.folder);
  }
  model_.adapters.tell(events_);
  const auto prompt = prepare_prompt(request_, *model_.tokenizers, events_);
  isolation_ = isolation_of(request_, prompt, events_);
  if (events_.explanation) {
    questions_ = explain::questions_of(prompt.texts.positive, prompt.tokens,
                                       prompt.positive.gemma.size(), events_.explain_tags);
  }
  fit_memory({PromptLength::of(prompt.positive), PromptLength::of(prompt.negative),
              isolation_.active() ? isolation_.characters : std::vector<int32_t>(),
              questions_ ? questions_->nodes.size() : 0});
  const auto start = start_picture();
  const Conditioning features = conditioning(prompt);
  StartLatents start_latents;
  if (start) start_latents = encode_start(*start);
  std::optional<pipeline::LatentColours> colours;
  if (events_.preview) colours.emplace(vae(), model_.device);
  model_.vae.rest(model_.device, others_rest());
  const auto latents = sample(features, start_latents, colours);
  model_.transformer.rest(model_.device, others_rest());
  decode(latents, start, prompt);
  model_.vae.rest(model_.device, others_rest());
  watch_.end();
  return report();
}

}  // namespace newbie::engine
