#pragma once
/// Heat maps as pictures: what is looked at glows, the rest darkens.

#include "explain/heat_maps.h"
#include "image/image.h"

namespace newbie::explain {

/// One map as RGBA, a pixel per cell, to be laid over the picture at any size: dark where the map
/// is least, glowing where it is greatest. A map of one value is dark.
image::Picture glow_of(const HeatMaps& maps, size_t node, Phase phase);

/// The picture, RGB, under the glow, smoothly enlarged.
image::Picture overlay(const image::Picture& picture, const image::Picture& glow);

}  // namespace newbie::explain
