#include "train/objective/diffusion.h"

#include <fmt/format.h>

#include "adapters/write.h"
#include "base/file.h"
#include "grad/backward.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/shape.h"
#include "tensor/gradient.h"
#include "train/data/random.h"
#include "train/model/write_model.h"
#include "train/objective/draw.h"
#include "train/objective/times.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

/// Where caches lie; empty when nothing is kept in files.
fs::path cache_folder(const Recipe& recipe, const char* what) {
  if (!recipe.pictures.cache) return {};
  const fs::path folder = recipe.pictures.cache_folder.empty()
                              ? fs::path(recipe.run.out) / "cache"
                              : fs::path(recipe.pictures.cache_folder);
  return folder / what;
}

ops::Packing packing_of(const std::vector<pipeline::PromptFeatures>& features) {
  std::vector<int64_t> lengths;
  for (const auto& each : features) lengths.push_back(each.caption.dim(0));
  return ops::Packing::of_lengths(lengths);
}

Tensor joined(const std::vector<pipeline::PromptFeatures>& features,
              Tensor pipeline::PromptFeatures::*part) {
  std::vector<Tensor> parts;
  for (const auto& each : features) {
    if ((each.*part).defined()) parts.push_back(each.*part);
  }
  return parts.empty() ? Tensor() : ops::concat_rows(parts);
}

}  // namespace

DiffusionObjective::DiffusionObjective(const Recipe& recipe, std::unique_ptr<Dataset> examples,
                                       const Device& device, const Preparing& preparing)
    : recipe_(recipe),
      device_(device),
      seed_(static_cast<uint64_t>(recipe.run.seed)),
      data_(std::move(examples), recipe.pictures, recipe.run.batch, seed_),
      compiler_(recipe.captions),
      networks_(recipe, device) {
  prepare(preparing);
}

void DiffusionObjective::prepare(const Preparing& preparing) {
  const auto telling = [&](const char* stage) {
    return [&preparing, stage](int64_t done, int64_t total) {
      if (preparing) preparing(stage, done, total);
    };
  };
  const bool endless = data_.examples().synthetic();
  latents_.emplace(data_, weights_fingerprint(networks_.folder.vae),
                   TensorCache(cache_folder(recipe_, "latents")));
  if (endless || !latents_->complete()) {
    telling("load VAE")(0, 1);
    networks_.load_vae({.encoder = true, .decoder = recipe_.samples.every > 0});
    if (!endless) latents_->fill(*networks_.vae, device_, telling("encode pictures"));
  }
  if (!endless) networks_.vae.reset();

  texts_.emplace(networks_, TensorCache(cache_folder(recipe_, "captions")));
  telling("load text towers")(0, 1);
  networks_.load_text_towers();
  const bool towers_learn = networks_.learns("text_encoder") || networks_.learns("clip_model");
  if (!endless && !towers_learn) {
    std::vector<CaptionTexts> all{compiler_.empty()};
    for (int64_t i = 0; i < data_.examples().size(); ++i) {
      // Whichever caption a pass picks, it must be there; files rarely have more than a few.
      for (uint32_t pick = 0; pick < data_.examples().captions(i); ++pick) {
        all.push_back(compiler_(data_.examples().caption(i, pick)));
      }
    }
    for (const std::string& prompt : recipe_.samples.prompts) all.push_back(compiler_(prompt));
    all.push_back(compiler_(recipe_.samples.negative));
    texts_->keep(all, telling("encode captions"));
    networks_.text_encoder.reset();
    networks_.clip_model.reset();
  }
  telling("load transformer")(0, 1);
  networks_.load_transformer();
  if (recipe_.kind == Kind::full && recipe_.segmentation.weight > 0) {
    segmentation_.emplace(recipe_.segmentation, networks_.transformer->config(), seed_,
                          networks_.compute, device_, networks_.parameters);
  }
  device_.allocator().trim();
}

std::vector<CaptionTexts> DiffusionObjective::captions_of(const Batch& batch,
                                                          const Pass& pass) const {
  const auto number = static_cast<uint32_t>(pass.number);
  const auto dropped = random_uniform(seed_, Purpose::caption_drop, number, batch.examples.size());
  std::vector<CaptionTexts> texts;
  for (size_t i = 0; i < batch.examples.size(); ++i) {
    const uint32_t pick = random_word(seed_, Purpose::caption, number, i);
    texts.push_back(static_cast<double>(dropped[i]) < recipe_.captions.dropout
                        ? compiler_.empty()
                        : compiler_(data_.examples().caption(batch.examples[i], pick)));
  }
  return texts;
}

DiffusionObjective::Mixed DiffusionObjective::mix(const std::vector<Tensor>& pictures,
                                                  const Pass& pass) const {
  const auto number = static_cast<uint32_t>(pass.number);
  const auto count = static_cast<int64_t>(pictures.size());
  const Shape& latent = pictures.front().shape();
  const int64_t patch = networks_.transformer->config().patch_size;
  Mixed mixed;
  mixed.times =
      sample_times(recipe_.time, seed_, number, count, latent[1] / patch * (latent[2] / patch));
  const Tensor noise = random_normal(seed_, Purpose::noise, number,
                                     {count, latent[0], latent[1], latent[2]}, device_);
  for (int64_t i = 0; i < count; ++i) {
    const Tensor& picture = pictures[static_cast<size_t>(i)];
    const Tensor own = noise.slice(i, i + 1).view(latent);
    const float t = mixed.times[static_cast<size_t>(i)];
    mixed.latents.push_back(ops::combine({{t, picture}, {1 - t, own}}));
    mixed.targets.push_back(ops::combine({{1.0f, picture}, {-1.0f, own}}));
  }
  return mixed;
}

std::vector<std::vector<uint8_t>> DiffusionObjective::labels_of(const Batch& batch) const {
  const int64_t token = networks_.transformer->config().patch_size * 8;
  const Bucket& bucket = data_.bucket(batch);
  const int64_t cells = segmentation_->cells();
  std::vector<std::vector<uint8_t>> labels;
  for (const int64_t example : batch.examples) {
    labels.push_back(
        data_.labels(example, bucket.width / token * cells, bucket.height / token * cells)
            .value_or(std::vector<uint8_t>()));
  }
  return labels;
}

Losses DiffusionObjective::pass(const Pass& pass) {
  const Batch batch = data_.batch(pass.number);
  const Mixed mixed = mix(latents_->latents(batch.examples, encoder(), device_), pass);
  const auto features = (*texts_)(captions_of(batch, pass));
  const next_dit::NextDiT& network = *networks_.transformer;

  const MemoryScope memory(device_, Component::dit, MemoryUse::activations);
  const ops::Packing captions = packing_of(features);
  const auto caption =
      network.refine_caption(joined(features, &pipeline::PromptFeatures::caption), captions);
  std::vector<Shape> shapes;
  for (const Tensor& latent : mixed.latents) shapes.push_back(latent.shape());
  const next_dit::Layout layout = network.layout(shapes, captions);
  const auto velocities = network({.latents = mixed.latents,
                                   .t = mixed.times,
                                   .caption = caption,
                                   .pooled = joined(features, &pipeline::PromptFeatures::pooled),
                                   .layout = layout,
                                   .attention_bias = {},
                                   // The helping head reads inside a block.
                                   .recompute = recipe_.run.recompute && !segmentation_},
                                  segmentation_ ? segmentation_->observer() : nn::Observer());
  Tensor loss = ops::mean_distance(ops::concat_rows(velocities), ops::concat_rows(mixed.targets),
                                   ops::Distance::squared);
  Losses losses;
  losses.parts.emplace_back("velocity", loss.detached().to_floats().front());
  if (segmentation_) {
    const Tensor helping = segmentation_->loss(layout, labels_of(batch));
    if (helping.defined()) {
      losses.parts.emplace_back("segmentation", helping.detached().to_floats().front());
      const auto weight = static_cast<float>(segmentation_->weight(pass.step, pass.steps));
      loss = ops::combine({{1.0f, loss}, {weight, helping}});
    }
  }
  losses.total = static_cast<double>(loss.detached().to_floats().front());
  grad::backward(loss);
  for (const int64_t example : batch.examples) {
    losses.pictures.push_back(data_.examples().info(example).name);
  }
  return losses;
}

std::vector<image::Picture> DiffusionObjective::samples() {
  if (!networks_.vae) networks_.load_vae({.encoder = false, .decoder = true});
  std::vector<CaptionTexts> prompts;
  for (const std::string& prompt : recipe_.samples.prompts) prompts.push_back(compiler_(prompt));
  const auto features = (*texts_)(prompts);
  const auto negative = (*texts_)({compiler_(recipe_.samples.negative)}).front();
  auto pictures = draw_samples(recipe_, *networks_.transformer, *networks_.vae, features, negative);
  if (!data_.examples().synthetic()) {
    networks_.vae.reset();
    device_.allocator().trim();
  }
  return pictures;
}

fs::path DiffusionObjective::write_result(const fs::path& folder) {
  if (recipe_.kind == Kind::lora) {
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    const std::map<std::string, std::string> metadata{
        {"newbie.training_steps", std::to_string(recipe_.run.steps)}};
    adapters::Adapter adapter = networks_.adapter->snapshot();
    adapters::write_adapter(adapter, folder / "peft",
                            {.dialect = adapters::Dialect::peft, .metadata = metadata});
    const fs::path file = folder / "adapter.safetensors";
    adapters::write_adapter(adapter, file,
                            {.dialect = adapters::Dialect::comfyui, .metadata = metadata});
    return file;
  }
  const DType dtype = networks_.compute == DType::f32 ? DType::f32 : DType::bf16;
  write_model(folder, networks_.folder, recipe_.model.train, networks_.parameters, dtype, seed_);
  return folder;
}

}  // namespace newbie::train
