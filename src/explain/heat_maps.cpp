#include "explain/heat_maps.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "prompt/place.h"

namespace newbie::explain {
namespace {

bool contains(const prompt::Box& box, double x, double y) {
  return x >= box.x1 && x <= box.x2 && y >= box.y1 && y <= box.y2;
}

/// The cells of a box given in thousandths.
std::vector<bool> cells_of(const prompt::Box& box, const HeatMaps& maps) {
  std::vector<bool> inside;
  for (int64_t r = 0; r < maps.rows; ++r) {
    for (int64_t c = 0; c < maps.columns; ++c) {
      const double x = (static_cast<double>(c) + 0.5) * 1000 / static_cast<double>(maps.columns);
      const double y = (static_cast<double>(r) + 0.5) * 1000 / static_cast<double>(maps.rows);
      inside.push_back(contains(box, x, y));
    }
  }
  return inside;
}

double total(const HeatMaps& maps, size_t node) {
  const float* map = maps.map(node);
  return std::accumulate(map, map + maps.cells(), 0.0);
}

void place_by_attention(std::vector<CharacterRegion>& regions, const HeatMaps& maps) {
  std::vector<double> totals;
  for (CharacterRegion& region : regions) {
    region.source = "attention";
    region.inside.assign(static_cast<size_t>(maps.cells()), false);
    totals.push_back(std::max(total(maps, region.node), 1e-30));
  }
  for (int64_t cell = 0; !regions.empty() && cell < maps.cells(); ++cell) {
    size_t strongest = 0;
    const auto pull = [&](size_t r) {
      return static_cast<double>(maps.map(regions[r].node)[cell]) / totals[r];
    };
    for (size_t r = 1; r < regions.size(); ++r) {
      if (pull(r) > pull(strongest)) strongest = r;
    }
    regions[strongest].inside[static_cast<size_t>(cell)] = true;
  }
}

}  // namespace

std::string_view to_string(Phase phase) {
  constexpr std::array<std::string_view, kPhases.size()> kNames{"whole", "early", "middle", "late"};
  return kNames[static_cast<size_t>(phase)];
}

double HeatMaps::share(size_t node, Phase phase) const {
  const float* values_of = map(node, phase);
  return std::accumulate(values_of, values_of + cells(), 0.0) / static_cast<double>(cells());
}

std::vector<CharacterRegion> regions_of(const Questions& questions, const HeatMaps& maps) {
  std::vector<CharacterRegion> regions;
  bool all_placed = true;
  for (size_t n = 0; n < questions.nodes.size(); ++n) {
    const Node& node = questions.nodes[n];
    if (node.kind != Node::Kind::character) continue;
    CharacterRegion region{.node = n, .character = node.character, .source = {}, .inside = {}};
    const auto said =
        std::ranges::find(questions.regions, node.character, &prompt::Region::character);
    const auto place = said == questions.regions.end() ? std::nullopt : prompt::place_of(*said);
    if (place) {
      region.source = said->box ? "box" : "position";
      region.inside = cells_of(*place, maps);
    }
    all_placed = all_placed && place;
    regions.push_back(std::move(region));
  }
  if (!all_placed) place_by_attention(regions, maps);
  return regions;
}

std::vector<Leakage> leakage_of(const std::vector<CharacterRegion>& regions, const HeatMaps& maps) {
  std::vector<Leakage> table;
  for (const CharacterRegion& reader : regions) {
    Leakage row{.character = reader.character, .inside = std::vector<double>(regions.size(), 0.0)};
    const float* map = maps.map(reader.node);
    for (size_t cell = 0; cell < static_cast<size_t>(maps.cells()); ++cell) {
      bool nowhere = true;
      for (size_t r = 0; r < regions.size(); ++r) {
        if (!regions[r].inside[cell]) continue;
        row.inside[r] += static_cast<double>(map[cell]);
        nowhere = false;
      }
      if (nowhere) row.outside += static_cast<double>(map[cell]);
    }
    if (const double all = total(maps, reader.node); all > 0) {
      for (double& share : row.inside) share /= all;
      row.outside /= all;
    }
    table.push_back(std::move(row));
  }
  return table;
}

std::string to_text(const std::vector<Leakage>& leakage) {
  if (leakage.size() < 2) return {};
  std::string out = "attention to ";
  for (const Leakage& column : leakage) {
    out += fmt::format("{:>16}", fmt::format("in character_{}", column.character));
  }
  out += fmt::format("{:>11}\n", "elsewhere");
  for (const Leakage& row : leakage) {
    out += fmt::format("  character_{}", row.character);
    for (const double share : row.inside) out += fmt::format("{:>14.1f} %", 100 * share);
    out += fmt::format("{:>9.1f} %\n", 100 * row.outside);
  }
  return out;
}

}  // namespace newbie::explain
