#pragma once
/// Sizes of the attribute classifier, and what its outputs mean.

#include <cstdint>
#include <string>
#include <vector>

#include "eval/binding.h"
#include "io/config.h"

namespace newbie::eval {

/// As config.json states them.
struct ClassifierConfig {
  int64_t size = 256;                                 ///< side of the square pictures it looks at
  std::vector<int64_t> widths{24, 48, 96, 128, 128};  ///< channels of its stages, each half as wide
  int64_t groups = 8;                                 ///< of the norms
  int64_t cell_width = 32;  ///< what is kept of every cell of the last stage
  int64_t features = 320;

  /// Cells along a side of the last stage.
  int64_t cells() const { return size >> widths.size(); }
  bool operator==(const ClassifierConfig&) const = default;
};

/// Errors: `config.*`.
ClassifierConfig read_classifier_config(const io::Config& json);
std::string to_json(const ClassifierConfig& config);
/// Error: `config.invalid`.
void validate(const ClassifierConfig& config);

/// One question that the classifier answers with one of `values` classes.
struct Question {
  std::string name;  ///< "count", "background", "2 hair_color"
  int64_t values = 0;
};

/// Its questions in the order of its outputs: the number of characters, the traits of the scene,
/// then the judged traits of the first, second and third character from the left.
std::vector<Question> questions();
int64_t outputs();

/// The right answers to all questions; -1 where there is none (nobody stands there, or it cannot be
/// seen).
std::vector<int32_t> answers(const world::Scene& scene);

/// The scene that answers describe: as many characters as `count` says, from left to right, with
/// the judged traits. Shapes: one answer per question.
world::Scene scene_of(const std::vector<int32_t>& answers);

}  // namespace newbie::eval
