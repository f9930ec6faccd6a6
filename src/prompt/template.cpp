#include "prompt/template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/text_span.h"

namespace newbie::prompt {
namespace {

constexpr size_t kLongestSlot = 4096;

struct SlotText {
  size_t length = 0;
  std::string_view name;
  std::optional<std::string_view> default_value;
};

size_t name_length(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !letter(text[0])) return 0;
  const auto end = std::ranges::find_if_not(
      text, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
  return static_cast<size_t>(end - text.begin());
}

/// Bytes up to and including the `}}` that ends a default; 0 when the line ends before it.
size_t default_length(std::string_view text) {
  size_t depth = 0;
  for (size_t i = 0; i < std::min(text.size(), kLongestSlot) && text[i] != '\n'; ++i) {
    if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && depth > 0) {
      --depth;
    } else if (text.substr(i).starts_with("}}")) {
      return i + 2;
    }
  }
  return 0;
}

/// The slot at `at`, nothing when `{{` is plain text there.
std::optional<SlotText> slot_at(std::string_view text, size_t at) {
  constexpr std::string_view kOpen = "{{";
  if (!text.substr(at).starts_with(kOpen)) return std::nullopt;
  const std::string_view inside = text.substr(at + kOpen.size());
  SlotText slot;
  slot.name = inside.substr(0, name_length(inside));
  if (slot.name.empty()) return std::nullopt;
  const std::string_view rest = inside.substr(slot.name.size());
  const size_t head = kOpen.size() + slot.name.size();
  if (rest.starts_with("}}")) {
    slot.length = head + 2;
    return slot;
  }
  if (!rest.starts_with("=")) return std::nullopt;
  const size_t length = default_length(rest.substr(1));
  if (length == 0) {
    const LineColumn place = LineMap(text).locate(at);
    throw Error("prompt.slot_syntax", fmt::format("the slot `{}` at {}:{} does not end on its line",
                                                  slot.name, place.line, place.column))
        .hint(fmt::format("close it with }}}}: {{{{{}=value}}}}", slot.name));
  }
  slot.default_value = rest.substr(1, length - 2);
  slot.length = head + 1 + length;
  return slot;
}

}  // namespace

PromptTemplate::PromptTemplate(std::string_view text) {
  std::string literal;
  for (size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("\\{{")) {
      literal += text.substr(at + 1, 2);
      at += 3;
    } else if (const std::optional<SlotText> slot = slot_at(text, at)) {
      pieces_.push_back({std::move(literal)});
      literal.clear();
      pieces_.push_back({"", slot_index(slot->name, slot->default_value)});
      at += slot->length;
    } else {
      literal += text[at++];
    }
  }
  pieces_.push_back({std::move(literal)});
}

size_t PromptTemplate::slot_index(std::string_view name,
                                  std::optional<std::string_view> default_value) {
  auto slot = std::ranges::find(slots_, name, &TemplateSlot::name);
  if (slot == slots_.end()) {
    slots_.push_back({std::string(name), std::nullopt});
    slot = slots_.end() - 1;
  }
  ++slot->places;
  if (default_value && slot->default_value && *default_value != *slot->default_value) {
    throw Error("prompt.slot_syntax", fmt::format("slot `{}` has two defaults: `{}` and `{}`", name,
                                                  *slot->default_value, *default_value))
        .hint(fmt::format("give it once and write {{{{{}}}}} at the other places", name));
  }
  if (default_value) slot->default_value = std::string(*default_value);
  return static_cast<size_t>(slot - slots_.begin());
}

std::string PromptTemplate::fill(const SlotValues& values) const {
  std::vector<std::string_view> names;
  for (const TemplateSlot& slot : slots_) names.push_back(slot.name);
  for (const auto& [name, value] : values) {
    if (std::ranges::find(names, name) != names.end()) continue;
    Error error("prompt.slot_unknown", fmt::format("the template has no slot `{}`", name));
    const std::string near = did_you_mean(name, names);
    if (!near.empty()) throw error.hint(fmt::format("did you mean `{}`?", near));
    if (names.empty()) throw error.hint("it has no slots at all");
    throw error.hint(fmt::format("its slots are {}", fmt::join(names, ", ")));
  }
  std::vector<std::string_view> missing;
  for (const TemplateSlot& slot : slots_) {
    if (!slot.default_value && !values.contains(slot.name)) missing.push_back(slot.name);
  }
  if (!missing.empty()) {
    throw Error("prompt.slot_missing",
                fmt::format("no value for {} {}", missing.size() == 1 ? "slot" : "slots",
                            fmt::join(missing, ", ")))
        .hint(fmt::format("give one: --set {}=...", missing.front()));
  }
  std::string text;
  for (const Piece& piece : pieces_) {
    if (piece.slot == SIZE_MAX) {
      text += piece.literal;
      continue;
    }
    const TemplateSlot& slot = slots_[piece.slot];
    const auto given = values.find(slot.name);
    text += given != values.end() ? given->second : *slot.default_value;
  }
  return text;
}

SlotValues parse_slot_values(const std::vector<std::string>& pairs) {
  SlotValues values;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (equals == pair.npos || name.empty() || name_length(name) != name.size()) {
      throw Error("prompt.slot_syntax", fmt::format("`{}` is no name=value pair", pair))
          .hint("write it like hair=red_hair");
    }
    if (!values.emplace(name, pair.substr(equals + 1)).second) {
      throw Error("prompt.slot_syntax", fmt::format("slot `{}` is given twice", name));
    }
  }
  return values;
}

}  // namespace newbie::prompt
