#pragma once
/// What varies along one side of a sweep.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "newbie/request.h"
#include "prompt/template.h"

namespace newbie::workbench {

/// A cell's request while axes still act on it: slots and choices of the prompt are filled last.
struct CellDraft {
  GenerateRequest request;
  prompt::SlotValues slots;
  std::map<std::string, size_t> choices;  ///< index per named choice; "" is all of them together
  std::vector<std::pair<std::string, std::string>> replacements;
};

/// One value of an axis: what is written beside it, and what it does to a request.
struct AxisPoint {
  std::string label;
  std::function<void(CellDraft&)> apply;
};

/// What varies along one side, and its values in order.
struct Axis {
  std::string name;
  std::vector<AxisPoint> points;
};

/// What axes may look up.
struct AxisContext {
  GenerateRequest base;
  std::filesystem::path wildcards;  ///< where `__name__` of prompts finds name.txt
};

/// Reads an axis as it is typed:
///
///   cfg=3,5,7            values of a field; "quoted, values" may hold commas
///   seed=1..8            a range, with a step behind a colon: cfg=3..7:0.5
///   slot.hair=red,blue   values of a slot {{hair}} of the prompt
///   choice.hair          the alternatives of {hair=red|blue} in the prompt
///   choices              all prompts that the choices of the prompt make
///   replace=red_hair,blue_hair,pink_hair   the first text is in the prompt, the others take its
///                                          place
///   file=a.xml,b.xml     prompts from files
///
/// Errors: `sweep.axis`, `request.unknown_field`, `request.field`, `prompt.*`, `file.*`.
Axis parse_axis(const std::string& spec, const AxisContext& context);

/// Does the prompt hold choices, such as {red|blue}?
bool has_choices(const AxisContext& context);

/// The request of a cell on which all axes have acted. Errors: `prompt.*`, `sweep.axis` when a text
/// to replace is not there.
GenerateRequest finished(const CellDraft& draft, const AxisContext& context);

/// "a,b" -> a, b; `"a, b",c` -> a, b and c. A doubled quote inside quotes is a quote.
/// Error: `sweep.axis` for a quote that is never closed.
std::vector<std::string> comma_list(std::string_view text);

/// The numbers of "1..4" or "3..7:0.5", printed; empty when it is no range. Errors: `sweep.axis`.
std::vector<std::string> number_range(std::string_view text);

}  // namespace newbie::workbench
