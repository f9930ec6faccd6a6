#pragma once
/// Sweeps: one text with choices in it, read as many prompts.
///
///   {red|blue}_hair        a choice
///   {hair=red|blue}_hair   a named axis; {hair=} repeats it, {hair=cap|bow} varies along with it
///   (teal_eyes:{0.6..1.4:0.2})   a range of numbers
///   __garments__           the lines of garments.txt in a folder of alternatives
///
/// `\{`, `\|`, `\}` and `\__` are literal. Braces that hold no choice on one line, and braces that
/// open with `<` or `"` (the wrapper of some prompts, JSON), are text. See docs/adr/0121.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// Something that varies.
struct SweepAxis {
  std::string name;                 ///< "" when the author gave none
  std::vector<std::string> values;  ///< at its first place
};

/// One prompt of a sweep.
struct SweepPrompt {
  std::string text;
  std::vector<size_t> choice;  ///< index of the value per axis
  std::string label;           ///< "hair=red, 0.6": for contact sheets and file names
};

/// Where wildcards are found, and how many prompts are too many.
struct SweepOptions {
  std::filesystem::path wildcard_folder;  ///< where `__name__` looks; empty: nowhere
  size_t limit = 1000;                    ///< the most prompts that matrix() and random() give
};

/// A text read as a sweep.
class Sweep {
 public:
  /// Errors: `prompt.sweep_axis` (a name nobody declared, or alternatives that do not match it),
  /// `prompt.sweep_range`, `prompt.sweep_depth`, `prompt.wildcard_missing`, `file.*`.
  Sweep(std::string_view text, const SweepOptions& options = {});

  const std::vector<SweepAxis>& axes() const { return axes_; }
  /// The number of combinations; SIZE_MAX when it does not fit.
  size_t count() const;
  /// One combination; the last axis varies fastest.
  SweepPrompt at(size_t index) const;
  /// All combinations in order. Errors: `prompt.sweep_too_many`.
  std::vector<SweepPrompt> matrix() const;
  /// `count` draws, each axis drawn evenly and on its own; the same seed gives the same prompts on
  /// every machine, and draw i does not depend on `count`. Errors: `prompt.sweep_too_many`.
  std::vector<SweepPrompt> random(size_t count, uint64_t seed) const;

  /// A stretch of the text: literal, or the values of an axis.
  struct Piece {
    std::string literal;
    size_t axis = SIZE_MAX;
    std::vector<std::string> values;
  };

 private:
  SweepPrompt choose(std::vector<size_t> choice) const;

  std::vector<SweepAxis> axes_;
  std::vector<Piece> pieces_;
  size_t limit_;
};

/// What a template or a sweep stands for when nothing is chosen.
struct FirstPrompt {
  std::string text;
  bool slots_filled = false;  ///< with their defaults
  size_t choices = 1;         ///< how many prompts the text stands for; this is the first
};

/// Slots with their defaults, the first of all combinations. A text without any, or with slots and
/// choices that cannot be read, comes back as it is: `{{tag}}` alone is another program's emphasis.
FirstPrompt first_prompt(std::string_view text);

}  // namespace newbie::prompt
