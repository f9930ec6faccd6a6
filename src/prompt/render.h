#pragma once
/// Findings for people and programs.

#include <string>
#include <string_view>
#include <vector>

#include "prompt/diagnostic.h"

namespace newbie::prompt {

enum class Colour { off, on };

/// `name:3:5: warning[X012]: ...`, the line, a caret under it, related places and the fix.
std::string render_terminal(const Diagnostic& diagnostic, std::string_view source,
                            std::string_view source_name, Colour colour = Colour::off);
std::string render_terminal(const std::vector<Diagnostic>& diagnostics, std::string_view source,
                            std::string_view source_name, Colour colour = Colour::off);

/// A JSON array of objects: rule, severity, title, message, line, column, end_line, end_column,
/// begin, end (bytes), related, fixes (description, safe, edits). Invalid UTF-8 is replaced in
/// messages.
std::string render_json(const std::vector<Diagnostic>& diagnostics, std::string_view source);

/// A unified diff with three lines of context, "" when nothing changed.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace newbie::prompt
