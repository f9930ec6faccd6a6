#include "engine/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/adapter.h"
#include "base/error.h"
#include "diffusion/sampler.h"
#include "diffusion/schedule.h"
#include "engine/field_check.h"
#include "prompt/print.h"
#include "prompt/system_prompt.h"

namespace newbie {
namespace {

RequestChoices collect_choices() {
  RequestChoices choices;
  for (const auto& row : diffusion::samplers()) choices.samplers.emplace_back(row.name);
  for (const auto& row : diffusion::schedules()) choices.schedules.emplace_back(row.name);
  for (const auto& row : prompt::system_prompts()) choices.system_prompts.emplace_back(row.id);
  using enum prompt::Layout;
  for (auto layout : {canonical, readme, builder, oneline, img, json, raw}) {
    choices.layouts.emplace_back(prompt::to_string(layout));
  }
  return choices;
}

}  // namespace

const RequestChoices& request_choices() {
  static const RequestChoices choices = collect_choices();
  return choices;
}

namespace engine {
namespace {

void require_usable(const std::string& dtype, const Device& device) {
  constexpr int kFirstWithF8 = 89;  // compute capability 8.9
  const bool cuda = device.kind() == DeviceKind::cuda;
  const bool usable = dtype == "f16"   ? cuda
                      : dtype == "fp8" ? cuda && device.capability() >= kFirstWithF8
                                       : true;
  if (usable) return;
  throw Error("request.dtype", fmt::format("{} cannot be computed on {}", dtype, device.name()))
      .hint(dtype == "fp8" ? "fp8 needs an NVIDIA device of compute capability 8.9 or above; use "
                             "--dtype bf16"
                           : "f16 needs an NVIDIA device; use --dtype bf16 or f32")
      .fact("field", "dtype");
}

}  // namespace

void validate(const GenerateRequest& request) {
  GenerateRequest copy = request;  // describe() offers references that may be written to
  copy.describe(FieldCheck{});
  constexpr int64_t kSmallestTile = 32;  // four latent pixels: an overlap of a quarter is one
  if (request.vae_tile > 0 && request.vae_tile < kSmallestTile) {
    throw Error("request.field",
                fmt::format("vae_tile is {} pixels, expected {} or more, 0 for never, or -1",
                            request.vae_tile, kSmallestTile))
        .fact("field", "vae_tile");
  }
  const int64_t width = request.width.value_or(16), height = request.height.value_or(16);
  if (width % 16 != 0 || height % 16 != 0) {
    const auto round = [](int64_t side) { return std::max<int64_t>(16, (side + 8) / 16 * 16); };
    throw Error(
        "request.size",
        !request.height
            ? fmt::format("a width of {} cannot be drawn: it must be a multiple of 16", width)
        : !request.width
            ? fmt::format("a height of {} cannot be drawn: it must be a multiple of 16", height)
            : fmt::format("{}x{} cannot be drawn: both sides must be multiples of 16", width,
                          height))
        .hint(!request.height  ? fmt::format("use {}", round(width))
              : !request.width ? fmt::format("use {}", round(height))
                               : fmt::format("use {}x{}", round(width), round(height)));
  }
  if (!request.mask.empty() && request.init.empty()) {
    throw Error("request.mask", "a mask was given but no picture to keep parts of")
        .hint("add --init PICTURE");
  }
  for (const std::string& lora : request.lora) static_cast<void>(adapters::parse_request(lora));
}

GenerateRequest resolve(GenerateRequest request, const ModelDefaults& defaults,
                        const Device& device) {
  if (!request.sigmas.empty()) request.steps = static_cast<int64_t>(request.sigmas.size()) - 1;
  if (!request.steps) request.steps = defaults.steps;
  if (!request.shift) request.shift = defaults.shift;
  if (!request.cfg) request.cfg = defaults.guidance_scale;
  if (!request.width) request.width = defaults.width;
  if (!request.height) request.height = defaults.height;
  if (request.dtype == "auto") request.dtype = device.prefers_bf16() ? "bf16" : "f32";
  require_usable(request.dtype, device);
  // Colours are worth the precision where it costs little: on processors the VAE is a small part of
  // the time.
  if (request.vae_dtype == "auto") {
    request.vae_dtype = device.kind() == DeviceKind::cuda ? "bf16" : "f32";
  }
  validate(request);  // what the model's folder says is checked too
  return request;
}

nn::WeightUse weight_use(const std::string& dtype, const Device& device, ops::Residency residency) {
  const bool f8 = dtype == "fp8";
  return {device, f8 ? DType::bf16 : *dtype_from_name(dtype), residency,
          f8 ? nn::LinearStorage::f8 : nn::LinearStorage::compute, nullptr};
}

}  // namespace engine
}  // namespace newbie
