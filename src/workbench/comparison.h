#pragma once
/// Two pictures and their recipes beside each other.

#include <optional>
#include <string>
#include <vector>

#include "image/image.h"
#include "prompt/semantic_diff.h"
#include "workbench/record.h"
#include "workbench/replay.h"

namespace newbie::workbench {

/// One side: a picture, and its recipe when it holds one.
struct ComparedPicture {
  std::string name;
  image::Picture picture;
  std::optional<Record> record;
};

/// Reads a picture of any format; only a PNG that newbie wrote has a record.
/// Errors: `file.*`, `image.*`.
ComparedPicture read_compared(const std::string& path);

/// Nothing is measured between pictures of different sizes.
struct Measures {
  double psnr = 0;
  double ssim = 0;
  int largest = 0;
  double mean = 0;
  double changed_share = 0;
};

/// What differs; measures and difference only for pictures of one size, prompts and others only
/// with both recipes.
struct Comparison {
  bool same_pixels = false;
  std::optional<Measures> measures;
  std::optional<image::Picture> difference;  ///< see image::difference_map
  int full_scale = 255;
  bool has_recipes = false;
  std::vector<prompt::PromptChange> prompt;
  std::vector<prompt::PromptChange> negative;
  std::vector<Difference> others;  ///< everything else that the recipes say differently
};

Comparison compare(const ComparedPicture& a, const ComparedPicture& b);

/// Both pictures, and the difference where there is one, in a row with their names below.
image::Picture side_by_side(const ComparedPicture& a, const ComparedPicture& b,
                            const Comparison& comparison);

/// In words, several lines.
std::string describe(const Comparison& comparison, prompt::DiffColour colour);

std::string comparison_json(const ComparedPicture& a, const ComparedPicture& b,
                            const Comparison& comparison);

}  // namespace newbie::workbench
