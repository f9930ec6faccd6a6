#include "train/objective/diffusion.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/write.h"
#include "base/file.h"
#include "grad/backward.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/training.h"
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

/// What an adapter leaves out is left out in passes only: samples are made with all of it.
class Practice {
 public:
  Practice(TrainNetworks& networks, int64_t pass) : adapter_(networks.adapter) {
    if (adapter_) adapter_->practise(static_cast<uint32_t>(pass));
  }
  ~Practice() {
    if (adapter_) adapter_->practise(std::nullopt);
  }
  Practice(const Practice&) = delete;
  Practice& operator=(const Practice&) = delete;

 private:
  std::optional<adapters::LearnedAdapter>& adapter_;
};

}  // namespace

DiffusionObjective::DiffusionObjective(const Recipe& recipe, const Resolutions& examples,
                                       const Device& device, const Preparing& preparing)
    : recipe_(recipe),
      device_(device),
      seed_(static_cast<uint64_t>(recipe.run.seed)),
      compiler_(recipe.captions),
      networks_(recipe, device) {
  arrange(examples);
  prepare(preparing);
  maker_.emplace(recipe_, streams_, compiler_, *texts_, segmentation_ ? &*segmentation_ : nullptr);
  const int readers = readers_of(recipe_.run, device_);
  ahead_.emplace(readers, 2 * readers, std::ref(*maker_));
}

void DiffusionObjective::arrange(const Resolutions& examples) {
  const auto options = LatentSource::Options::of(networks_.folder, networks_.compute);
  const TensorCache files(cache_folder(recipe_, "latents"));
  for (auto& data : arranged(recipe_, examples)) {
    PictureStream stream;
    stream.data = std::move(data);
    stream.latents.emplace(*stream.data, files, options, device_);
    streams_.push_back(std::move(stream));
  }
}

void DiffusionObjective::prepare(const Preparing& preparing) {
  const auto telling = [&](const char* stage) {
    return [&preparing, stage](int64_t done, int64_t total) {
      if (preparing) preparing(stage, done, total);
    };
  };
  const bool endless = examples().synthetic();
  bool complete = !endless;
  for (PictureStream& stream : streams_) complete = complete && stream.latents->complete();
  if (!complete) {
    telling("load VAE")(0, 1);
    networks_.load_vae({.encoder = true, .decoder = recipe_.samples.every > 0});
    for (PictureStream& stream : streams_) {
      if (!endless) stream.latents->fill(*networks_.vae, telling("encode pictures"));
    }
  }
  if (!endless) networks_.vae.reset();

  texts_.emplace(networks_, TensorCache(cache_folder(recipe_, "captions")));
  telling("load text towers")(0, 1);
  networks_.load_text_towers();
  const bool towers_learn = networks_.learns("text_encoder") || networks_.learns("clip_model");
  if (!towers_learn && !has_endless_captions(examples())) {
    keep_captions(telling("encode captions"));
  }
  telling("load transformer")(0, 1);
  networks_.load_transformer();
  if (recipe_.kind == Kind::full && recipe_.segmentation.weight > 0) {
    segmentation_.emplace(recipe_.segmentation, networks_.transformer->config(), seed_,
                          networks_.compute, device_, networks_.parameters);
  }
  device_.allocator().trim();
}

void DiffusionObjective::keep_captions(
    const std::function<void(int64_t done, int64_t total)>& progress) {
  std::vector<CaptionTexts> all{compiler_.empty()};
  for (int64_t i = 0; i < examples().size(); ++i) {
    // Whichever caption a pass picks, it must be there; files rarely have more than a few.
    for (uint32_t pick = 0; pick < examples().captions(i); ++pick) {
      all.push_back(compiler_(examples().caption(i, pick)));
    }
  }
  for (const std::string& prompt : recipe_.samples.prompts) all.push_back(compiler_(prompt));
  all.push_back(compiler_(recipe_.samples.negative));
  texts_->keep(all, progress);
  networks_.text_encoder.reset();
  networks_.clip_model.reset();
}

DiffusionObjective::Mixed DiffusionObjective::mix(const PreparedBatch& batch, const Pass& pass) {
  const auto number = static_cast<uint32_t>(pass.number);
  LatentSource& latents = *streams_[batch.stream].latents;
  const Shape latent = latents.latent_shape(batch.bucket);
  const int64_t patch = networks_.transformer->config().patch_size;
  const auto count = static_cast<int64_t>(batch.examples.size());
  const NoGradient quiet(device_);
  if (!batch.awaited.empty()) latents.encode(batch.awaited, *networks_.vae);
  const Tensor pictures = latents.patches(batch.examples);
  const Tensor noise = random_normal(seed_, Purpose::noise, number, pictures.shape(), device_);
  Mixed mixed;
  mixed.times =
      sample_times(recipe_.time, seed_, number, count, latent[1] / patch * (latent[2] / patch));
  std::vector<float> rest;
  for (const float t : mixed.times) rest.push_back(1 - t);
  const Shape rows{pictures.numel() / (patch * patch * latent[0]), patch * patch * latent[0]};
  mixed.patches = ops::blend_rows(pictures, mixed.times, noise, rest).view(rows);
  mixed.targets = ops::combine({{1.0f, pictures}, {-1.0f, noise}}).view(rows);
  return mixed;
}

Losses DiffusionObjective::pass(const Pass& pass) {
  const PreparedBatch batch = ahead_->take(pass.number);
  const Mixed mixed = mix(batch, pass);
  const BatchFeatures features = (*texts_)(batch.captions);
  const next_dit::NextDiT& network = *networks_.transformer;

  const Practice practice(networks_, pass.number);
  const MemoryScope memory(device_, Component::dit, MemoryUse::activations);
  const auto caption = network.refine_caption(features.caption, features.captions);
  const std::vector<Shape> shapes(batch.examples.size(),
                                  streams_[batch.stream].latents->latent_shape(batch.bucket));
  const next_dit::Layout layout = network.layout(shapes, features.captions);
  const Tensor velocity =
      network.velocity_patches({.latents = {},
                                .t = mixed.times,
                                .caption = caption,
                                .pooled = features.pooled,
                                .layout = layout,
                                .attention_bias = {},
                                .recompute = recipe_.run.recompute,
                                .patches = mixed.patches,
                                .tap = segmentation_ ? &segmentation_->tap() : nullptr});
  Losses losses;
  losses.total = ops::mean_distance(velocity, mixed.targets, ops::Distance::squared);
  losses.parts.emplace_back("velocity", losses.total.detached());
  const bool labelled = std::ranges::any_of(batch.labels, [](int32_t label) { return label >= 0; });
  if (segmentation_ && labelled) {
    const Tensor helping = segmentation_->loss(layout, batch.labels);
    losses.parts.emplace_back("segmentation", helping.detached());
    const auto weight = static_cast<float>(segmentation_->weight(pass.step, pass.steps));
    losses.total = ops::combine({{1.0f, losses.total}, {weight, helping}});
  }
  grad::backward(losses.total);
  losses.total = losses.total.detached();
  losses.pictures = batch.names;
  return losses;
}

std::vector<image::Picture> DiffusionObjective::samples() {
  if (!networks_.vae) networks_.load_vae({.encoder = false, .decoder = true});
  std::vector<CaptionTexts> prompts;
  for (const std::string& prompt : recipe_.samples.prompts) prompts.push_back(compiler_(prompt));
  const NoGradient quiet(device_);
  const auto features = texts_->apart(prompts);
  const auto negative = texts_->apart({compiler_(recipe_.samples.negative)}).front();
  auto pictures = draw_samples(recipe_, *networks_.transformer, *networks_.vae, features, negative);
  if (!examples().synthetic()) {
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
