#pragma once
/// What models are asked to draw when their control is measured.

#include <cstdint>
#include <string>
#include <string_view>

#include "world/scene.h"

namespace newbie::eval {

/// How a question is put.
enum class PromptStyle {
  xml,            ///< the canonical prompt
  grouped_tags,   ///< a list that keeps each character's tags together
  shuffled_tags,  ///< the same tags in any order: ambiguous, a floor
  text,           ///< English sentences
};

/// "xml", "tags", "shuffled", "text".
std::string_view to_string(PromptStyle style);
/// Error: `request.field` naming the choices.
PromptStyle prompt_style_named(std::string_view name);

/// Which scenes may come.
enum class SceneRange {
  plain,  ///< colours and whole figures: every judged attribute can be seen
  all,    ///< every style and framing, to judge those: colours of grey pictures count as asked
};

/// "plain", "all".
std::string_view to_string(SceneRange range);
/// Error: `request.field` naming the choices.
SceneRange scene_range_named(std::string_view name);

/// Numbered scenes with characters that share no value of any judged attribute, so that an
/// attribute on the wrong character cannot pass for right. Number i is the same scene always.
class BindingScenes {
 public:
  /// `characters`: 1, 2 or 3; 0 takes two and three in turn.
  explicit BindingScenes(uint64_t seed, int characters = 0, SceneRange range = SceneRange::plain)
      : seed_(seed), characters_(characters), range_(range) {}

  world::Scene scene(uint64_t index) const;
  /// The scene in words, with everything in it said.
  std::string prompt(uint64_t index, PromptStyle style) const;
  /// The seed of the picture: the same for every style, so that styles differ in words only.
  uint64_t picture_seed(uint64_t index) const;

 private:
  uint64_t seed_;
  int characters_;
  SceneRange range_;
};

}  // namespace newbie::eval
