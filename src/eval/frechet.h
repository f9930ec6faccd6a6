#pragma once
/// How far two sets of pictures lie apart, by the features that a network gives them.

#include <span>
#include <vector>

namespace newbie::eval {

/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of the normal distributions through two sets: 0 when
/// they agree. Small sets lie further apart by chance alone: compare with two sets of the same
/// kind. Shapes: one vector per picture, all of one length; at least two of each.
/// Source: M. Heusel et al., GANs Trained by a Two Time-Scale Update Rule (2017).
double frechet_distance(std::span<const std::vector<float>> a,
                        std::span<const std::vector<float>> b);

}  // namespace newbie::eval
