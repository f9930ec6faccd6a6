#include "eval/fidelity.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "pipeline/networks.h"
#include "pipeline/pictures.h"
#include "world/sampler.h"

namespace newbie::eval {

double psnr(const image::Picture& a, const image::Picture& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) {
    throw Error("image.wrong_size", fmt::format("a picture is {} x {}, expected {} x {}", b.width,
                                                b.height, a.width, a.height));
  }
  double squares = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const double off = static_cast<double>(a.pixels[i]) - static_cast<double>(b.pixels[i]);
    squares += off * off;
  }
  if (squares == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.pixels.size()) / squares);
}

MeanAndError mean_of(const std::vector<double>& values) {
  check(!values.empty(), "mean_of: no values");
  const auto count = static_cast<double>(values.size());
  MeanAndError result;
  for (const double value : values) result.mean += value / count;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.error = std::sqrt(squares / (count - 1) / count);
  return result;
}

VaeTrip::VaeTrip(const std::filesystem::path& model, const Device& device)
    : device_(device), vae_(pipeline::load_vae(find_model(model), {.device = device}, {})) {}

image::Picture VaeTrip::operator()(const image::Picture& picture) const {
  const Tensor latent = pipeline::latent_of(vae_, picture, device_, {});
  return pipeline::picture_of(vae_, latent, image::Rounding::nearest, {});
}

std::vector<double> reconstruction_psnr(const std::filesystem::path& model, uint64_t seed,
                                        int64_t count, int64_t side, const Device& device,
                                        const CancelToken& cancel, const Told& told) {
  const VaeTrip through_vae(model, device);
  const world::Sampler sampler(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) {
    cancel.throw_if_requested();
    const image::Picture picture =
        sampler.draw(static_cast<uint64_t>(i), {side, side}).rendering.picture;
    values.push_back(psnr(picture, through_vae(picture)));
    if (told) told(i + 1, count);
  }
  return values;
}

}  // namespace newbie::eval
