#include "prompt/expand_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace newbie::prompt {
namespace {

constexpr size_t kMostRangeValues = 1000;
constexpr size_t kLongestChoice = 4096;
constexpr size_t kLongestName = 128;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Offset of the brace that closes the one at `at`, npos when there is none on its line or the
/// choice would be longer than any (which keeps hostile texts linear).
size_t closing_brace(std::string_view text, size_t at) {
  size_t depth = 0;
  const size_t end = std::min(text.size(), at + kLongestChoice);
  for (size_t i = at; i < end && text[i] != '\n'; ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '{')
      ++depth;
    else if (text[i] == '}' && --depth == 0)
      return i;
  }
  return text.npos;
}

/// A decimal number and how many digits stand behind its point.
struct Decimal {
  double value = 0;
  int places = 0;
};

std::optional<Decimal> decimal(std::string_view text) {
  Decimal number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.value,
                                            std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const size_t point = text.find('.');
  if (point != text.npos) number.places = static_cast<int>(text.size() - point - 1);
  if (std::abs(number.value) > 1e9 || number.places > 6) return std::nullopt;
  return number;
}

Error range_error(std::string_view body, std::string what) {
  return Error("prompt.sweep_range", fmt::format("the range {{{}}} {}", body, what))
      .hint("write {from..to:step}, for example {0.6..1.4:0.2}");
}

}  // namespace

std::optional<BraceChoice> choice_at(std::string_view text, size_t at) {
  const size_t close = closing_brace(text, at);
  if (close == text.npos) return std::nullopt;
  BraceChoice choice;
  choice.length = close + 1 - at;
  choice.body = text.substr(at + 1, close - at - 1);
  // The wrapper `{ <character_1>... }` and JSON objects are no choices, whatever is in them.
  const size_t first = choice.body.find_first_not_of(" \t");
  if (first != choice.body.npos && (choice.body[first] == '<' || choice.body[first] == '"')) {
    return std::nullopt;
  }
  const auto name_end = std::ranges::find_if_not(choice.body, is_name_character);
  const auto name_length = static_cast<size_t>(name_end - choice.body.begin());
  if (name_length > 0 && is_letter(choice.body[0]) && name_end != choice.body.end() &&
      *name_end == '=') {
    choice.name = choice.body.substr(0, name_length);
    choice.body.remove_prefix(name_length + 1);
    choice.is_reference = choice.body.empty();
    return choice;
  }
  if (alternatives(choice.body).size() > 1 || range_values(choice.body)) return choice;
  return std::nullopt;
}

std::vector<std::string_view> alternatives(std::string_view body) {
  std::vector<std::string_view> parts;
  size_t depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\\')
      ++i;
    else if (body[i] == '{')
      ++depth;
    else if (body[i] == '}')
      --depth;
    else if (body[i] == '|' && depth == 0) {
      parts.push_back(trimmed(body.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(trimmed(body.substr(begin)));
  return parts;
}

std::optional<std::vector<std::string>> range_values(std::string_view body) {
  const size_t dots = body.find("..");
  if (dots == body.npos) return std::nullopt;
  const size_t colon = body.find(':', dots);
  const std::optional<Decimal> from = decimal(body.substr(0, dots));
  const std::optional<Decimal> to =
      decimal(body.substr(dots + 2, colon == body.npos ? colon : colon - dots - 2));
  if (!from || !to) return std::nullopt;
  const double direction = to->value < from->value ? -1 : 1;
  std::optional<Decimal> step = Decimal{direction, 0};
  if (colon != body.npos) step = decimal(body.substr(colon + 1));
  if (!step) throw range_error(body, "has a step that is no number");
  if (step->value == 0) throw range_error(body, "has a step of 0");
  if (step->value * direction < 0) throw range_error(body, "steps away from its end");
  const double steps = std::floor((to->value - from->value) / step->value + 1e-9);
  if (steps >= static_cast<double>(kMostRangeValues)) {
    throw range_error(body, fmt::format("has more than {} values", kMostRangeValues));
  }
  const int places = std::max({from->places, to->places, step->places});
  std::vector<std::string> values;
  for (int i = 0; i <= static_cast<int>(steps); ++i) {
    values.push_back(fmt::format("{:.{}f}", from->value + i * step->value, places));
  }
  return values;
}

std::string_view wildcard_at(std::string_view text, size_t at) {
  constexpr std::string_view kMark = "__";
  if (!text.substr(at).starts_with(kMark)) return {};
  const size_t begin = at + kMark.size();
  const size_t end = text.substr(0, begin + kLongestName).find(kMark, begin);
  if (end == text.npos || end == begin) return {};
  const std::string_view name = text.substr(begin, end - begin);
  const auto allowed = [](char c) { return is_name_character(c) || c == '-' || c == '/'; };
  if (!std::ranges::all_of(name, allowed) || !is_name_character(name.front())) return {};
  return name;
}

}  // namespace newbie::prompt
