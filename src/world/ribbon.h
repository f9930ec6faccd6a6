#pragma once
/// Bands along a polygon: the bodies of lines and of cel shadows.

#include <span>
#include <vector>

#include "world/geometry.h"

namespace newbie::world {

/// Calls `edge(point, outward, i, count)` for every point of a run, which answers with the two
/// sides of the band there; the band comes back as one polygon to be filled by the nonzero rule.
/// `outward` has length one and points out of a closed run, to its left along an open one.
template <class Edge>
void make_ribbon(std::span<const Point> points, bool closed, const Edge& edge,
                 std::vector<Point>& out) {
  out.clear();
  const size_t count = points.size();
  if (count < 2) return;
  double area = 0;
  for (size_t i = 0; closed && i < count; ++i) {
    const Point &a = points[i], &b = points[(i + 1) % count];
    area += a.x * b.y - b.x * a.y;
  }
  const double side = area < 0 ? -1 : 1;
  const size_t bands = closed ? count + 1 : count;
  out.resize(2 * bands);
  for (size_t i = 0; i < bands; ++i) {
    const size_t k = i % count;
    const Point here = points[k];
    const Point before = k > 0 ? points[k - 1] : closed ? points[count - 1] : here;
    const Point after = k + 1 < count ? points[k + 1] : closed ? points[0] : here;
    const Point in = unit(here - before), on = unit(after - here);
    const Point along = unit(in + on);
    const Point outward{along.y * side, -along.x * side};
    // At a corner the band keeps its width, up to a limit that keeps tips from growing thorns.
    const double bend = along.x * on.x + along.y * on.y;
    const double corner = bend > 0.7 ? 1 / bend : 1.4;
    const auto [first, second] = edge(here, outward, k, count, corner);
    out[i] = first;
    out[2 * bands - 1 - i] = second;
  }
}

}  // namespace newbie::world
