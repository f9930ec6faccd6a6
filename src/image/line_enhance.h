#pragma once
/// Crisper lines after decoding.

#include "image/image.h"

namespace newbie::image {

/// Steepens edges: every pixel moves away from the average of its neighbours, `amount` (0 to 1) of
/// the full step, and never beyond the darkest and lightest of the 3 x 3 pixels around it, channel
/// by channel. So there are no halos, and a line's core stays as dark as it was. Areas whose
/// brightness varies by less than six levels are left alone: gradients and skin keep their noise
/// and gain none. 0 returns the picture itself; alpha stays.
Picture enhance_lines(const Picture& picture, double amount);

}  // namespace newbie::image
