#pragma once
/// Which parts of a prompt a picture is asked about.

#include <string>
#include <vector>

#include "prompt/compile.h"
#include "prompt/tokens.h"

namespace newbie::explain {

/// A stretch of the prompt that gets a heat map.
struct Node {
  enum class Kind { character, element, tag } kind = Kind::element;
  std::string path;   ///< "character_1", "character_1.appearance", "character_1.appearance[0]"
  std::string label;  ///< as shown: "character_1", "appearance", "blue_hair"
  int character = 0;  ///< whose it is, 0 for nobody's
  prompt::TokenRange tokens;  ///< of the Gemma text, before any cut
  std::string text = {};      ///< what an element says, unless nodes inside it do
};

std::string_view to_string(Node::Kind kind);

/// What is asked of one prompt.
struct Questions {
  std::vector<Node> nodes;  ///< outer before inner, as in the prompt
  size_t tokens = 0;        ///< of the caption as it was encoded
  std::vector<prompt::Region> regions;
  std::string caption;  ///< the compiled text, without the system prompt
};

/// Characters and elements, and every tag when asked to. A prompt without elements is asked about
/// its tags anyway. What lies entirely behind `tokens`, where the caption was cut, is left out.
Questions questions_of(const prompt::CompiledText& text, const prompt::TokenMap& map, size_t tokens,
                       bool tags);

}  // namespace newbie::explain
