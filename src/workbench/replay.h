#pragma once
/// Is a picture that was made again the same, and if not, since when and why?

#include <string>
#include <vector>

#include "newbie/engine.h"
#include "workbench/recipe_file.h"

namespace newbie::workbench {

/// Something that is not as it was.
struct Difference {
  std::string kind;  ///< "request", "weights", "inputs", "version", "device" or "texts"
  std::string name;  ///< the field or file; "" where there is only one
  std::string before;
  std::string after;
};

/// How alike the old and the new picture are, and what may have changed them.
struct Verdict {
  bool same_bytes = false;   ///< the files are equal
  bool same_pixels = false;  ///< the pictures are; only the recipe inside differs
  std::string since;         ///< the first stage whose result differs, "" when none does
  std::vector<Difference> because;
};

/// Compares a picture as it was recorded with one made now.
Verdict judge(const RecipeFile& before, const GeneratedImage& now);

/// Differences between two records, in the order in which they act.
std::vector<Difference> differences(const Record& before, const Record& after);

/// The verdict in words, several lines; `name` is the file that was replayed. Weights that changed
/// are told with the day their file below `model` was written.
std::string describe(const Verdict& verdict, const RecipeFile& before, const std::string& name,
                     const std::filesystem::path& model);

std::string verdict_json(const Verdict& verdict, const RecipeFile& before);

}  // namespace newbie::workbench
