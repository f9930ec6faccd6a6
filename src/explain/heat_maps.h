#pragma once
/// How much of its attention each part of a picture gave to each part of the prompt.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "explain/nodes.h"
#include "prompt/prompt.h"

namespace newbie::explain {

/// When in the run: all of it, or one of its thirds.
enum class Phase : uint8_t { whole, early, middle, late };
inline constexpr std::array kPhases{Phase::whole, Phase::early, Phase::middle, Phase::late};
std::string_view to_string(Phase phase);

/// Of one picture. A value is the share of an image token's attention that went to the node, from 0
/// to 1: the mean over heads, watched layers and evaluations.
struct HeatMaps {
  int64_t nodes = 0;
  int64_t rows = 0;
  int64_t columns = 0;
  std::array<std::vector<float>, kPhases.size()> values;  ///< [nodes, rows, columns] per phase

  int64_t cells() const { return rows * columns; }
  const float* map(size_t node, Phase phase = Phase::whole) const {
    return values[static_cast<size_t>(phase)].data() + static_cast<int64_t>(node) * cells();
  }
  /// Mean over the picture.
  double share(size_t node, Phase phase = Phase::whole) const;
};

/// Where a character is, for the leakage table.
struct CharacterRegion {
  size_t node = 0;  ///< of the character
  int character = 0;
  std::string source;        ///< "box", "position", or "attention": where it is looked at most
  std::vector<bool> inside;  ///< per cell
};

/// From boxes and positions when every character has one, else each cell belongs to the character
/// that gets the largest part of its own attention there.
std::vector<CharacterRegion> regions_of(const Questions& questions, const HeatMaps& maps);

/// Of the attention mass of one character: how much lies in its own region, in each other one, and
/// nowhere. Regions may overlap; a cell counts for each.
struct Leakage {
  int character = 0;
  std::vector<double> inside;  ///< per region, in the order of `regions`
  double outside = 0;          ///< in no region
};
std::vector<Leakage> leakage_of(const std::vector<CharacterRegion>& regions, const HeatMaps& maps);
/// As a table for a terminal; empty for fewer than two characters.
std::string to_text(const std::vector<Leakage>& leakage);

}  // namespace newbie::explain
