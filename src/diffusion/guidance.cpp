#include "diffusion/guidance.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape.h"

namespace newbie::diffusion {
namespace {

/// Every space of guidance is p x + q velocity at a noise level.
struct SpaceMap {
  double x;
  double velocity;
};

SpaceMap map_to(GuidanceSpace space, double sigma) {
  const double length = std::sqrt(sigma * sigma + 1);
  switch (space) {
    case GuidanceSpace::denoised:
      return {1, sigma};
    case GuidanceSpace::v_prediction:
      // v = (x / (sigma^2 + 1) - denoised) sqrt(sigma^2 + 1) / sigma with denoised = x + sigma
      // velocity
      return {-sigma / length, -length};
    default:
      return {0, 1};
  }
}

Tensor into(const SpaceMap& map, const Tensor& x, const Tensor& velocity) {
  if (map.x == 0) return velocity;
  return ops::combine(
      {{static_cast<float>(map.x), x}, {static_cast<float>(map.velocity), velocity}});
}

Tensor out_of(const SpaceMap& map, const Tensor& x, const Tensor& y) {
  if (map.x == 0) return y;
  return ops::combine(
      {{static_cast<float>(1 / map.velocity), y}, {static_cast<float>(-map.x / map.velocity), x}});
}

/// One image. Shapes: all [1,C,h,w].
Tensor guided(const Guidance& guidance, const Tensor& x, const Tensor& conditional,
              const Tensor& unconditional, double sigma) {
  const Tensor difference = ops::combine({{1.0f, conditional}, {-1.0f, unconditional}});
  const Tensor velocity =
      ops::combine({{1.0f, unconditional}, {static_cast<float>(guidance.scale), difference}});
  if (guidance.rescale == 0 && guidance.renorm == Renorm::off) return velocity;
  const SpaceMap map = map_to(guidance.space, sigma);
  if (map.velocity == 0) return velocity;  // at sigma 0 the predicted image is x itself

  const Tensor reference = into(map, x, conditional);
  Tensor y = into(map, x, velocity);
  if (guidance.rescale > 0) {
    y = ops::match_norms(y, reference, ops::NormMatch::spread,
                         static_cast<float>(guidance.rescale));
  }
  if (guidance.renorm == Renorm::clamp) {
    y = ops::match_norms(y, reference, ops::NormMatch::at_most,
                         static_cast<float>(guidance.max_ratio));
  } else if (guidance.renorm == Renorm::width) {
    const auto rows = [](const Tensor& image) { return image.view({-1, image.dim(-1)}); };
    y = ops::match_norms(rows(y), rows(reference), ops::NormMatch::equal, 1).view(y.shape());
  }
  return out_of(map, x, y);
}

}  // namespace

bool Guidance::active(const FlowPoint& at) const {
  // In f32, as the network's time is.
  const bool early = static_cast<float>(at.time()) < static_cast<float>(until_time);
  const double share = static_cast<double>(at.step + 1) / at.steps;
  return scale != 1 && early && share <= until_step_ratio;
}

void validate(const Guidance& guidance) {
  const auto require = [](bool holds, std::string_view name, double value,
                          std::string_view expected) {
    if (holds) return;
    throw Error("request.guidance", fmt::format("{} is {}, expected {}", name, value, expected));
  };
  require(std::isfinite(guidance.scale), "guidance scale", guidance.scale, "a finite number");
  require(guidance.max_ratio > 0 && std::isfinite(guidance.max_ratio), "renorm ratio",
          guidance.max_ratio, "a finite number above 0");
  require(guidance.rescale >= 0 && guidance.rescale <= 1, "guidance rescale", guidance.rescale,
          "a number from 0 to 1");
  require(!std::isnan(guidance.until_time), "guidance truncation time", guidance.until_time,
          "a number");
  require(guidance.until_step_ratio >= 0 && guidance.until_step_ratio <= 1,
          "guidance truncation ratio", guidance.until_step_ratio, "a number from 0 to 1");
}

Velocity guide(std::vector<Guidance> guidance, GuidedField field) {
  for (const Guidance& of_image : guidance) validate(of_image);
  return [guidance = std::move(guidance), field = std::move(field)](const Tensor& x,
                                                                    const FlowPoint& at) {
    const int64_t images = x.dim(0);
    check(guidance.size() == 1 || static_cast<int64_t>(guidance.size()) == images,
          "guide: one entry per image, or one for all");
    const auto of_image = [&](int64_t b) -> const Guidance& {
      return guidance.size() == 1 ? guidance[0] : guidance[static_cast<size_t>(b)];
    };
    std::vector<int> wanted;
    for (int64_t b = 0; b < images; ++b) {
      if (of_image(b).active(at)) wanted.push_back(static_cast<int>(b));
    }
    const Halves halves = field(x, at, wanted);
    if (wanted.empty()) return halves.conditional;

    std::vector<Tensor> parts;
    int64_t row = 0;
    for (int64_t b = 0; b < images; ++b) {
      const Tensor conditional = halves.conditional.slice(b, b + 1);
      if (row == static_cast<int64_t>(wanted.size()) || wanted[static_cast<size_t>(row)] != b) {
        parts.push_back(conditional);
        continue;
      }
      parts.push_back(guided(of_image(b), x.slice(b, b + 1), conditional,
                             halves.unconditional.slice(row, row + 1), at.sigma));
      ++row;
    }
    return parts.size() == 1 ? parts[0] : ops::concat_rows(parts);
  };
}

}  // namespace newbie::diffusion
