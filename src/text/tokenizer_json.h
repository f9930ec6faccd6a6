#pragma once
/// Reading tokenizer.json, the file of the Rust tokenizers library.

#include <string_view>

#include "text/definition.h"

namespace newbie::text {

/// Reads untrusted JSON. The vocabulary and the merges are taken as they stream by; only the small
/// rest becomes a document, so that a file with 262,144 pieces loads in well under a second.
/// Errors: `tokenizer.malformed`, `tokenizer.unsupported` (a step that we do not have),
/// `tokenizer.bad_merge`, `tokenizer.bad_piece`, `tokenizer.bad_id`, `tokenizer.duplicate_piece`.
Definition read_tokenizer_json(std::string_view text);

}  // namespace newbie::text
