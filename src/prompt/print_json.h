#pragma once
/// The layout json.

#include "prompt/print.h"

namespace newbie::prompt {

/// An object with a record per character and an image with tags (XML) and caption.
Printed print_json(const Prompt& prompt, Notation notation);

}  // namespace newbie::prompt
