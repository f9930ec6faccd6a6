#include "pipeline/isolation.h"

#include <algorithm>
#include <cmath>

#include "ops/shape.h"
#include "pipeline/caption_parts.h"

namespace newbie::pipeline {
namespace {

/// 0 to 1 without corners.
double smooth(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

prompt::Box scaled(const prompt::Box& box, double width, double height) {
  const double x = width / 1000, y = height / 1000;
  return {box.x1 * x, box.y1 * y, box.x2 * x, box.y2 * y};
}

}  // namespace

next_dit::RefinedCaption refine_isolated(const next_dit::NextDiT& transformer,
                                         const Tensor& caption, const Isolation& isolation) {
  const auto refine = [&](const Tensor& rows) {
    return transformer.refine_caption(rows, ops::Packing::of_lengths({rows.dim(0)}));
  };
  next_dit::RefinedCaption refined = refine(caption);
  if (!isolation.active()) return refined;
  check(static_cast<int64_t>(isolation.characters.size()) == caption.dim(0),
        "isolation was made for another caption");
  refined.features =
      read_apart(refined.features, parts_by_character(isolation.characters), isolation.strength,
                 [&](const auto& rows) { return refine(ops::take_rows(caption, rows)).features; });
  return refined;
}

double outside(const prompt::Box& box, double x, double y, double border) {
  const double across = std::max({box.x1 - x, x - box.x2, 0.0});
  const double down = std::max({box.y1 - y, y - box.y2, 0.0});
  const double distance = std::hypot(across, down);
  if (border <= 0) return distance > 0 ? 1 : 0;
  return smooth(distance / border);
}

Tensor joint_bias(const Isolation& isolation, int64_t rows, int64_t columns, const Device& device) {
  const auto tokens = static_cast<int64_t>(isolation.characters.size());
  const auto held_back = [&](double share) {
    return static_cast<float>(std::log1p(-isolation.strength * share));
  };
  const float apart = held_back(1);
  std::vector<float> bias(static_cast<size_t>((tokens + rows * columns) * tokens));
  float* row = bias.data();
  for (int32_t reader : isolation.characters) {
    for (int32_t read : isolation.characters) {
      const bool strangers = reader != 0 && read != 0 && reader != read;
      *row++ = strangers && isolation.depth == IsolationDepth::joint ? apart : 0.0f;
    }
  }
  const auto shorter = static_cast<double>(std::min(rows, columns));
  const double width = static_cast<double>(columns) / shorter;
  const double height = static_cast<double>(rows) / shorter;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c, row += tokens) {
      const double x = (static_cast<double>(c) + 0.5) / shorter;
      const double y = (static_cast<double>(r) + 0.5) / shorter;
      for (const Place& place : isolation.places) {
        const float held =
            held_back(outside(scaled(place.box, width, height), x, y, isolation.border));
        for (int64_t t = 0; t < tokens; ++t) {
          if (isolation.characters[static_cast<size_t>(t)] == place.character) row[t] = held;
        }
      }
    }
  }
  return Tensor::from(bias, Shape{tokens + rows * columns, tokens}, device);
}

}  // namespace newbie::pipeline
