#pragma once
/// From a tag list to elements, by the tag table and never by a guess; and back.

#include <string>
#include <string_view>
#include <vector>

#include "prompt/parse.h"
#include "prompt/prompt.h"

namespace newbie::prompt {

/// Where a character's tag goes when a list names several characters and does not say whose it is.
enum class SharedTags {
  other,  ///< general_tags/other, with a note: the author decides
  all,    ///< every character
  first,  ///< character_1
};

/// What becomes of tags that name no owner, and of Chinese words.
struct StructureOptions {
  SharedTags shared = SharedTags::other;
  bool translate_chinese = false;
};

/// What became of one tag.
struct Placement {
  std::string tag;
  std::vector<std::string> paths;  ///< "character_1.appearance"; "negative" when it was left out
  std::string note;                ///< "" when there was nothing to doubt
  TextSpan source;                 ///< in the source
};

/// A tag list as a prompt, with the reason for every place.
struct Structured {
  Prompt prompt;                      ///< kind xml
  std::vector<Placement> placements;  ///< in the order of the list
  std::vector<std::string> notes;     ///< about the whole
  std::vector<std::string> negative;  ///< tags that belong in the negative prompt
};

/// Sorts the tags of a list into elements. Counts (`2girls, 1boy`) make that many character blocks.
/// With several characters, tags on lines of their own go to one character per line when there are
/// as many such lines as characters. A text becomes a caption; XML and JSON stay as they are.
Structured structure(const Parsed& parsed, const StructureOptions& options = {});

/// A prompt as a tag list.
struct Flattened {
  std::string text;  ///< count, one line per character when there are several, the rest
  std::vector<std::string> notes;  ///< what a tag list cannot say: captions, positions, boxes
};

/// The tags of a prompt as a list that structure() reads back. Weights are kept as `(tag:0.6)`.
Flattened flatten(const Prompt& prompt);

}  // namespace newbie::prompt
