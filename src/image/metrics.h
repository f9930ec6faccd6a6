#pragma once
/// How alike are two pictures?

#include "image/image.h"

namespace newbie::image {

/// Peak signal-to-noise ratio in dB over all RGB samples: 10 log10(255^2 / mean squared
/// difference); infinity for equal pictures. Errors: `image.wrong_size` for different sizes.
double psnr(const Picture& a, const Picture& b);

/// Mean structural similarity of the brightness, 1 for equal pictures: windows of 11 x 11 weighted
/// by a Gaussian of 1.5 pixels, K1 = 0.01, K2 = 0.03, at every place where a window fits. Smaller
/// pictures are one window. Errors: as psnr.
/// Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment", 2004.
double ssim(const Picture& a, const Picture& b);

/// Where two pictures differ, and by how much.
struct DifferenceMap {
  Picture picture;           ///< black where equal, through red and yellow to white at `full_scale`
  int largest = 0;           ///< largest difference of a sample, in levels of 255
  double mean = 0;           ///< mean difference of all samples
  double changed_share = 0;  ///< share of pixels that differ at all
  int full_scale = 255;      ///< the difference that is drawn white: the largest one, at least 16
};

/// Where two pictures differ. Errors: as psnr.
DifferenceMap difference_map(const Picture& a, const Picture& b);

}  // namespace newbie::image
