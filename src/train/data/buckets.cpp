#include "train/data/buckets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace newbie::train {
namespace {

struct Ratio {
  double across;
  double down;
};

/// Upstream's LoRA trainer: sides cut to the grid, then the larger one shortened to fit the area.
std::vector<Bucket> five(int64_t resolution) {
  const int64_t grid = resolution >= 512 ? 64 : 16;
  const int64_t least = resolution >= 512 ? 256 : grid, most = resolution >= 512 ? 2048 : 8192;
  std::vector<Bucket> buckets;
  for (const auto [across, down] : {Ratio{1, 1}, {3, 4}, {4, 3}, {9, 16}, {16, 9}}) {
    const double unit = std::sqrt(static_cast<double>(resolution * resolution) / (across * down));
    const auto side = [&](double share) {
      return std::clamp(static_cast<int64_t>(unit * share), least, most) / grid * grid;
    };
    Bucket bucket{side(across), side(down)};
    while (bucket.width * bucket.height > resolution * resolution) {
      (bucket.width >= bucket.height ? bucket.width : bucket.height) -= grid;
    }
    buckets.push_back(bucket);
  }
  return buckets;
}

/// Upstream's full training: a walk along the hyperbola of equal areas, in patches of 16 pixels.
std::vector<Bucket> upstream(int64_t resolution) {
  constexpr int64_t kPatch = 16;
  const double side = static_cast<double>(resolution) / kPatch;
  const auto patches = static_cast<int64_t>(std::lround(side * side));
  std::vector<Bucket> buckets;
  for (int64_t across = patches, down = 1; across > 0;) {
    const bool slim = std::max(across, down) > 4 * std::min(across, down);
    const bool even = across * kPatch / 32 % 2 == 0 && down * kPatch / 32 % 2 == 0;
    if (!slim && even) buckets.push_back({across * kPatch, down * kPatch});
    if ((down + 1) * across <= patches) {
      ++down;
    } else {
      --across;
    }
  }
  return buckets;
}

std::vector<Bucket> world(int64_t resolution) {
  constexpr int64_t kGrid = 16;
  std::vector<Bucket> buckets;
  for (const auto [across, down] : {Ratio{1, 1}, {3, 4}, {4, 3}, {2, 3}}) {
    const double unit = std::sqrt(static_cast<double>(resolution * resolution) / (across * down));
    const auto side = [&](double share) {
      return std::max<int64_t>(1, std::lround(unit * share / kGrid)) * kGrid;
    };
    buckets.push_back({side(across), side(down)});
  }
  return buckets;
}

}  // namespace

std::vector<Bucket> bucket_list(std::string_view kind, int64_t resolution) {
  std::vector<Bucket> buckets;
  if (kind == "five") buckets = five(resolution);
  if (kind == "upstream") buckets = upstream(resolution);
  if (kind == "world") buckets = world(resolution);
  // Small resolutions leave nothing on a coarse grid.
  if (buckets.empty()) buckets.push_back({resolution, resolution});
  std::vector<Bucket> unique;
  for (const Bucket& bucket : buckets) {
    if (std::find(unique.begin(), unique.end(), bucket) == unique.end()) unique.push_back(bucket);
  }
  return unique;
}

size_t nearest_bucket(const std::vector<Bucket>& buckets, int64_t width, int64_t height) {
  check(!buckets.empty() && width > 0 && height > 0, "nearest_bucket: nothing to choose");
  const auto rank = [&](const Bucket& bucket) {
    const double across = static_cast<double>(bucket.width) / static_cast<double>(width);
    const double down = static_cast<double>(bucket.height) / static_cast<double>(height);
    return std::tuple(std::min(across, down) / std::max(across, down), bucket.width, bucket.height);
  };
  const auto best =
      std::max_element(buckets.begin(), buckets.end(),
                       [&](const Bucket& a, const Bucket& b) { return rank(a) < rank(b); });
  return static_cast<size_t>(best - buckets.begin());
}

}  // namespace newbie::train
