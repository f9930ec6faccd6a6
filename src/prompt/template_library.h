#pragma once
/// The prompts of assets/templates, which travel inside the library.

#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// A template with its purpose.
struct LibraryTemplate {
  std::string_view name;     ///< "two_friends_umbrella"
  std::string_view purpose;  ///< one line
  std::string_view text;     ///< the whole file, slots included
};

/// Sorted by name.
const std::vector<LibraryTemplate>& template_library();

/// Errors: `prompt.template_unknown`, with the nearest name.
const LibraryTemplate& library_template(std::string_view name);

/// The text of the comment a prompt opens with, trimmed; "" when it opens otherwise.
std::string_view leading_comment(std::string_view text);

}  // namespace newbie::prompt
