#pragma once
/// JSON prompts: the object of the ComfyUI template, with XML inside a string.

#include <string_view>

#include "prompt/parse.h"
#include "prompt/tree.h"

namespace newbie::prompt {

/// Adds the JSON in `span` of the source under `parent`; what cannot be read is a skipped node with
/// an issue. Strings that hold XML or prose get that as children.
void parse_json_prompt(SyntaxTree& tree, NodeId parent, TextSpan span, const Limits& limits);

/// True for a complete JSON object with a key of a prompt.
bool is_json_prompt(std::string_view text, const Limits& limits);

/// The characters of a JSON string literal (with its quotes); `offsets` gets the offset in the
/// literal of each byte and of the end.
std::string decode_json_string(std::string_view literal, std::vector<size_t>& offsets);

}  // namespace newbie::prompt
