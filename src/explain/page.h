#pragma once
/// The page that shows prompt and picture side by side.

#include <string>

#include "explain/heat_maps.h"
#include "image/image.h"

namespace newbie::explain {

/// What one page tells of.
struct PageContent {
  const Questions& questions;
  const HeatMaps& maps;
  const image::Picture& picture;
  const std::vector<CharacterRegion>& regions;
  const std::vector<Leakage>& leakage;
  std::string watched;  ///< which layers and steps, in words
};

/// One HTML file that needs nothing else: no network, no server. Works with mouse, touch, keyboard
/// and screen reader.
std::string page_of(const PageContent& content);

}  // namespace newbie::explain
