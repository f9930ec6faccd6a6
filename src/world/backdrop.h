#pragma once
/// What is behind and before the figures: places, light, weather.

#include "world/pen.h"
#include "world/scene.h"

namespace newbie::world {

/// The light that a time of day and a weather leave on figures.
Colour tint_of(const Scene& scene);

/// Everything behind the figures.
void draw_backdrop(Canvas& canvas, const Look& look, const Scene& scene, uint64_t seed);

/// Fog between the place and the figures.
void draw_weather_behind(Canvas& canvas, const Look& look, const Scene& scene, uint64_t seed);

/// Rain, snow, fog and wind in front of them.
void draw_weather(Canvas& canvas, const Look& look, const Scene& scene, uint64_t seed);

/// A figure's shadow on the ground.
void draw_ground_shadow(Canvas& canvas, const Scene& scene, Point soles, double unit);

}  // namespace newbie::world
