#pragma once
/// Writing tokenizer.json, the file that upstream's loaders read first.

#include <string>

#include "text/definition.h"

namespace newbie::text {

/// The file that describes `definition`, in the form of upstream's own conversions: BPE framed as
/// Gemma's (`<bos>` text), unigram as XLM-R's (`<s>` text `</s>`). read_tokenizer_json() gives the
/// same definition back. Compact, ends with a line break; the same definition gives the same bytes.
/// Errors: those of validate(), `tokenizer.duplicate_piece`, `tokenizer.missing_special`.
std::string write_tokenizer_json(const Definition& definition);

}  // namespace newbie::text
