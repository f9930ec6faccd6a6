#include "workbench/sweep_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "prompt/expand.h"
#include "workbench/fields.h"

namespace newbie::workbench {
namespace {

constexpr size_t kMostPoints = 1000;

Error bad_axis(const std::string& what) { return Error("sweep.axis", what); }

/// The prompt with its slots at their defaults, as a sweep.
prompt::Sweep sweep_of(const std::string& text, const AxisContext& context) {
  return prompt::Sweep(text, {.wildcard_folder = context.wildcards, .limit = kMostPoints});
}

/// Slots filled; texts without slots, or with slots that are none of ours, stay as they are.
std::string filled(const std::string& text, const prompt::SlotValues& values) {
  const prompt::PromptTemplate slots(text);
  const bool ours = std::ranges::all_of(slots.slots(), [&](const prompt::TemplateSlot& slot) {
    return slot.default_value || values.contains(slot.name);
  });
  return ours || !values.empty() ? slots.fill(values) : text;
}

std::string decimal(double value) {
  std::string text = fmt::format("{:.6f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

Axis field_axis(const std::string& name, const std::vector<std::string>& values,
                const AxisContext& context) {
  if (name == "count" || name == "batch") {
    throw bad_axis(fmt::format("{} cannot vary: every cell is one picture", name))
        .hint("for several pictures of one setting, --y seed=1..4");
  }
  Axis axis{name, {}};
  for (const std::string& value : values) {
    GenerateRequest probe = context.base;
    set_field(probe, name, value);  // complains now rather than in the middle of a sweep
    axis.points.push_back({fmt::format("{} {}", name, value),
                           [name, value](CellDraft& d) { set_field(d.request, name, value); }});
  }
  return axis;
}

Axis slot_axis(const std::string& slot, const std::vector<std::string>& values) {
  Axis axis{slot, {}};
  for (const std::string& value : values) {
    axis.points.push_back({value, [slot, value](CellDraft& d) { d.slots[slot] = value; }});
  }
  return axis;
}

Axis choice_axis(const std::string& name, const AxisContext& context) {
  const prompt::Sweep sweep = sweep_of(filled(context.base.prompt, {}), context);
  for (const prompt::SweepAxis& found : sweep.axes()) {
    if (found.name != name) continue;
    Axis axis{name, {}};
    for (size_t i = 0; i < found.values.size(); ++i) {
      axis.points.push_back({found.values[i], [name, i](CellDraft& d) { d.choices[name] = i; }});
    }
    return axis;
  }
  throw bad_axis(fmt::format("the prompt has no choice named \"{}\"", name))
      .hint(fmt::format("name it in the prompt: {{{}=red|blue}}", name));
}

Axis all_choices_axis(const AxisContext& context) {
  const prompt::Sweep sweep = sweep_of(filled(context.base.prompt, {}), context);
  if (sweep.axes().empty()) {
    throw bad_axis("the prompt has no choices").hint("write them as {red|blue}_hair");
  }
  Axis axis{"prompt", {}};
  const auto prompts = sweep.matrix();
  for (size_t i = 0; i < prompts.size(); ++i) {
    axis.points.push_back({prompts[i].label, [i](CellDraft& d) { d.choices[""] = i; }});
  }
  return axis;
}

Axis replace_axis(const std::vector<std::string>& values) {
  if (values.size() < 2) {
    throw bad_axis("replace needs the text to look for and at least one other")
        .hint("replace=red_hair,blue_hair");
  }
  Axis axis{values.front(), {}};
  for (const std::string& value : values) {
    axis.points.push_back({value, [old = values.front(), value](CellDraft& d) {
                             d.replacements.emplace_back(old, value);
                           }});
  }
  return axis;
}

Axis file_axis(const std::vector<std::string>& paths) {
  Axis axis{"prompt", {}};
  for (const std::string& path : paths) {
    axis.points.push_back(
        {std::filesystem::path(path).stem().string(),
         [text = read_file(path, uint64_t{1} << 20)](CellDraft& d) { d.request.prompt = text; }});
  }
  return axis;
}

std::vector<std::string> values_of(const std::string& text) {
  std::vector<std::string> values;
  for (const std::string& part : comma_list(text)) {
    const std::vector<std::string> range = number_range(part);
    if (range.empty()) {
      values.push_back(part);
    } else {
      values.insert(values.end(), range.begin(), range.end());
    }
  }
  return values;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (from.empty() || text.find(from) == std::string::npos) {
    throw bad_axis(fmt::format("\"{}\" is not in the prompt, so nothing takes its place", from));
  }
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// Which of a sweep's prompts is meant; choices that no axis names stay at their first value.
size_t choice_index(const prompt::Sweep& sweep, const std::map<std::string, size_t>& choices) {
  const auto all = choices.find("");
  if (all != choices.end()) return all->second;
  size_t index = 0;
  for (const prompt::SweepAxis& axis : sweep.axes()) {
    const auto chosen = choices.find(axis.name);
    const bool named = !axis.name.empty() && chosen != choices.end();
    index = index * axis.values.size() + (named ? chosen->second : 0);
  }
  return index;
}

}  // namespace

std::vector<std::string> comma_list(std::string_view text) {
  std::vector<std::string> values(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      values.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      values.emplace_back();
    } else {
      values.back() += c;
    }
  }
  if (quoted) throw bad_axis(fmt::format("a quote in {} is never closed", text));
  return values;
}

std::vector<std::string> number_range(std::string_view text) {
  const size_t dots = text.find("..");
  if (dots == text.npos) return {};
  const size_t colon = text.find(':', dots);
  const auto first = number(text.substr(0, dots));
  const auto last =
      number(text.substr(dots + 2, colon == text.npos ? text.npos : colon - dots - 2));
  const auto step = colon == text.npos ? std::optional(1.0) : number(text.substr(colon + 1));
  if (!first || !last || !step) return {};
  const double count = std::floor((*last - *first) / *step + 1e-9) + 1;
  if (*step == 0 || count < 1 || count > static_cast<double>(kMostPoints)) {
    throw bad_axis(fmt::format("the range {} has no numbers, or more than {}", text, kMostPoints))
        .hint("write FIRST..LAST, or FIRST..LAST:STEP");
  }
  std::vector<std::string> values;
  for (int i = 0; i < static_cast<int>(count); ++i) values.push_back(decimal(*first + i * *step));
  return values;
}

Axis parse_axis(const std::string& spec, const AxisContext& context) {
  const size_t equals = spec.find('=');
  const std::string name = spec.substr(0, equals);
  if (name == "choices" && equals == spec.npos) return all_choices_axis(context);
  if (name.starts_with("choice.") && equals == spec.npos) {
    return choice_axis(name.substr(7), context);
  }
  if (equals == spec.npos || equals + 1 == spec.size()) {
    throw bad_axis(fmt::format("the axis \"{}\" has no values", spec))
        .hint("write FIELD=VALUE,VALUE or FIELD=FIRST..LAST");
  }
  const std::string list = spec.substr(equals + 1);
  if (name == "replace") return replace_axis(comma_list(list));
  if (name == "file") return file_axis(comma_list(list));
  if (name.starts_with("slot.")) return slot_axis(name.substr(5), values_of(list));
  return field_axis(name, values_of(list), context);
}

bool has_choices(const AxisContext& context) {
  return !sweep_of(filled(context.base.prompt, {}), context).axes().empty();
}

GenerateRequest finished(const CellDraft& draft, const AxisContext& context) {
  GenerateRequest request = draft.request;
  request.prompt = filled(request.prompt, draft.slots);
  const prompt::Sweep sweep = sweep_of(request.prompt, context);
  if (!sweep.axes().empty()) request.prompt = sweep.at(choice_index(sweep, draft.choices)).text;
  for (const auto& [from, to] : draft.replacements) {
    request.prompt = replaced(std::move(request.prompt), from, to);
  }
  request.count = request.batch = 1;
  return request;
}

}  // namespace newbie::workbench
