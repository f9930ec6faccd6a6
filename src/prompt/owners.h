#pragma once
/// Who owns which bytes of the compiled text, and what they weigh.

#include "prompt/compile.h"

namespace newbie::prompt {

/// Fills `spans` and `weights` of `out` from what was printed of `canonical`.
void add_spans(const Parsed& parsed, const Prompt& canonical, const Printed& printed,
               CompiledText& out);

/// Fills `spans` for the source itself. Weight symbols are text there: `weights` stays empty.
void add_raw_spans(const Parsed& parsed, CompiledText& out);

/// Fills `regions`.
void add_regions(const Prompt& canonical, CompiledText& out);

}  // namespace newbie::prompt
