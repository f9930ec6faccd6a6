#include <limits>

#include "base/hash.h"
#include "diffusion/image_to_image.h"
#include "diffusion/sample.h"
#include "engine/run.h"
#include "ops/elementwise.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "pipeline/guided_transformer.h"

namespace newbie::engine {
namespace {

/// The generator of a fresh run draws the whole latent at once.
std::string noise_hash(const Tensor& noise) {
  const Tensor drawn = ops::to_host(noise);
  return hex64(hash64({reinterpret_cast<const char*>(drawn.raw()), drawn.bytes()}));
}

/// x repeated along the first axis.
Tensor repeated(const Tensor& x, int64_t times) {
  return ops::concat_rows(std::vector<Tensor>(static_cast<size_t>(times), x));
}

}  // namespace

std::vector<Sampled> Run::sample(const Conditioning& conditioning, const StartLatents& start,
                                 const std::optional<pipeline::LatentColours>& colours) {
  const MemoryScope memory(model_.device, Component::dit, MemoryUse::activations);
  const auto& transformer =
      loaded(model_.transformer, "transformer", [&](const LoadProgress& progress) {
        return pipeline::load_transformer(model_.folder, use(ops::Residency::packed), progress);
      });
  const auto& vae_config = pipeline::vae_config(model_.folder);
  const Shape latent{vae_config.latent_channels, request_.height / vae_config.downscale(),
                     request_.width / vae_config.downscale()};

  const double inf = std::numeric_limits<double>::infinity();
  const diffusion::Guidance guidance{
      .scale = *request_.cfg,
      .renorm = request_.renorm > 0 ? diffusion::Renorm::clamp : diffusion::Renorm::off,
      .max_ratio = request_.renorm > 0 ? request_.renorm : 1,
      .rescale = request_.rescale,
      .until_time = request_.cfg_trunc.value_or(inf),
      .until_step_ratio = request_.cfg_trunc_steps.value_or(1)};
  const auto schedule =
      request_.sigmas.empty()
          ? diffusion::make_schedule(request_.schedule, static_cast<int>(*request_.steps),
                                     *request_.shift)
          : diffusion::Schedule(request_.sigmas);
  diffusion::SampleSettings settings{
      .schedule = start.latent.defined()
                      ? diffusion::schedule_for_strength(schedule, request_.strength)
                      : schedule,
      .sampler = request_.sampler,
      .options = {.eta = request_.eta},
      .noise = {.kind = *rng_kind_from_name(request_.rng), .seeds = {}, .cuda = {}},
      .inpainting = {}};

  pipeline::GuidedTransformer field(transformer, conditioning.positive, conditioning.negative);
  const int64_t rounds = (request_.count + request_.batch - 1) / request_.batch;
  const int evaluations =
      diffusion::evaluations(diffusion::sampler_named(request_.sampler), settings.schedule);
  // Progress counts blocks, so that even one slow step moves.
  int64_t calls = 0, blocks = 0;
  watch_.begin("sample", rounds * evaluations);
  field.on_block = [&](int64_t done, int64_t total) {
    blocks = total;
    watch_.advance(calls * total + done, rounds * evaluations * total);
  };
  const auto counted = [&](const Tensor& x, const diffusion::FlowPoint& at,
                           const std::vector<int>& guided) {
    auto halves = field(x, at, guided);
    ++calls;
    return halves;
  };
  const auto velocity = diffusion::guide({guidance}, counted);

  std::vector<Sampled> done;
  for (int64_t first = 0; first < request_.count; first += request_.batch) {
    const int64_t images = std::min(request_.batch, request_.count - first);
    settings.noise.seeds =
        batch_seeds(request_.seed + static_cast<uint64_t>(first), static_cast<int>(images));
    const Tensor noise =
        gaussian_noise(settings.noise.kind, settings.noise.seeds, latent, model_.device);
    Tensor x = noise;
    if (start.latent.defined()) {
      const Tensor data = repeated(start.latent, images);
      x = diffusion::add_noise(data, noise, settings.schedule.sigma(0));
      if (start.mask.defined()) {
        settings.inpainting = diffusion::Inpainting{repeated(start.mask, images), data, noise};
      }
    }
    x = diffusion::sample(x, settings, velocity, [&](const diffusion::Progress& step) {
      if (!colours || !events_.preview) return;
      const Tensor seen = step.denoised();
      const image::Picture small =
          (*colours)(seen.slice(0, 1).view({seen.dim(1), seen.dim(2), seen.dim(3)}));
      events_.preview({small.width, small.height, small.pixels});
    });
    for (int64_t b = 0; b < images; ++b) {
      done.push_back({first + b, settings.noise.seeds[static_cast<size_t>(b)],
                      noise_hash(noise.slice(b, b + 1)), x.slice(b, b + 1)});
    }
  }
  return done;
}

}  // namespace newbie::engine
