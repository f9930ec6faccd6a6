#pragma once
/// What a session says about prompts and settings.

#include <string>
#include <string_view>

#include "newbie/request.h"

namespace newbie::workbench {

/// How many elements are open at the end of a text; comments and hearts are none.
size_t open_until_closed(std::string_view text);

/// What is different, one line each: prompts by meaning, fields by value. "" when nothing is.
std::string changed_in_words(const GenerateRequest& before, const GenerateRequest& after,
                             bool colour = false);

/// The prompt, then the fields that are not as in `defaults`.
std::string request_in_words(const GenerateRequest& request, const GenerateRequest& defaults);

/// Both compiled texts, and a table of owners, weights and places.
std::string explained(const GenerateRequest& request);

}  // namespace newbie::workbench
