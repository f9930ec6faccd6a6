#pragma once
/// Second pass: elements from markup tokens, with recovery from missing, crossed and stray tags.

#include "prompt/parse.h"
#include "prompt/tree.h"

namespace newbie::prompt {

/// Adds the XML in `span` of tree.text() under `parent`; what it adds tiles `span`.
void parse_xml(SyntaxTree& tree, NodeId parent, TextSpan span, const Limits& limits);

}  // namespace newbie::prompt
