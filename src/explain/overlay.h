#pragma once
/// Heat maps as pictures: what is looked at glows, the rest darkens.

#include "explain/heat_maps.h"
#include "image/image.h"

namespace newbie::explain {

/// One map as RGBA, a pixel per cell, to be laid over the picture at any size. Its brightest cell
/// is the map's largest value, unless `scale` names the value that glows fully.
image::Picture glow_of(const HeatMaps& maps, size_t node, Phase phase, float scale = 0);

/// The picture, RGB, under the glow, smoothly enlarged.
image::Picture overlay(const image::Picture& picture, const image::Picture& glow);

}  // namespace newbie::explain
