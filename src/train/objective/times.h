#pragma once
/// How far along the flow each picture of a batch is: t = 0 is noise, t = 1 the picture.

#include <cstdint>
#include <vector>

#include "train/recipe/recipe.h"

namespace newbie::train {

/// Times of the batch of forward pass `pass`; `tokens` is the number of image tokens of one
/// picture, for the shift by resolution. Source: model specification 13.1.
std::vector<float> sample_times(const TimeSection& section, uint64_t seed, uint32_t pass,
                                int64_t batch, int64_t tokens);

/// How much more noise is practised at that many tokens: exp of the line through (256, 0.5) and
/// (4096, 1.15).
double resolution_shift(int64_t tokens);

/// x with P(normal <= x) = p. Infinite at 0 and 1.
double normal_quantile(double p);

}  // namespace newbie::train
