#pragma once
/// A request's fields by name, from and to the text that people type.

#include <string>
#include <string_view>
#include <vector>

#include "newbie/request.h"

namespace newbie::workbench {

/// The names of all fields, in the order of their description.
std::vector<std::string> field_names();

/// Sets a field; dashes and underscores in its name are the same. "auto" and "default" open a field
/// that the model fills in; lists are separated by commas. Ranges and choices are the engine's to
/// check. Errors: `request.unknown_field` with the nearest name, `request.field`.
void set_field(GenerateRequest& request, std::string_view name, std::string_view text);

/// A field as text; "auto" where it is open. Error: `request.unknown_field`.
std::string field_text(const GenerateRequest& request, std::string_view name);

/// The closed set a field takes its values from, or empty. Error: `request.unknown_field`.
std::vector<std::string> field_choices(std::string_view name);

/// A field whose value differs, with both values as people type them.
struct FieldChange {
  std::string name;
  std::string before;
  std::string after;
  bool operator==(const FieldChange&) const = default;
};

/// Fields that differ, prompts included.
std::vector<FieldChange> changed_fields(const GenerateRequest& before,
                                        const GenerateRequest& after);

}  // namespace newbie::workbench
