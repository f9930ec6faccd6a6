#pragma once
/// Compiled prompts as JSON. Heavy: include from .cpp files only.

#include "base/json.h"
#include "prompt/compile.h"
#include "prompt/tokens.h"

namespace newbie::cli {

/// `[begin, end]`
Json span_json(TextSpan span);

/// Texts, spans, weights, regions and hash.
Json compiled_json(const prompt::CompiledText& text);

}  // namespace newbie::cli
