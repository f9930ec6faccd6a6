#pragma once
/// The system prompts seen in the wild, with exact bytes.

#include <span>
#include <string>
#include <string_view>

namespace newbie::prompt {

inline constexpr std::string_view kPromptStart = "<Prompt Start>";

/// One system prompt under its name.
struct SystemPrompt {
  std::string_view id;     ///< "train-xml"
  std::string_view text;   ///< exactly what precedes the caption, separator included
  std::string_view where;  ///< which program uses it
};

std::span<const SystemPrompt> system_prompts();
/// nullptr when unknown.
const SystemPrompt* find_system_prompt(std::string_view id);
/// The preset whose sentence `text` is, whatever its separator; nullptr when it is nobody's.
const SystemPrompt* recognise_system_prompt(std::string_view text);

}  // namespace newbie::prompt
