#include "prompt/scan.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"

namespace newbie::prompt {

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

TextSpan trim(std::string_view text, TextSpan span) {
  while (span.begin < span.end && is_space(text[span.begin])) ++span.begin;
  while (span.begin < span.end && is_space(text[span.end - 1])) --span.end;
  return span;
}

std::string_view trim(std::string_view text) { return trim(text, {0, text.size()}).of(text); }

size_t skip_space(std::string_view text, size_t begin, size_t end) {
  while (begin < end && is_space(text[begin])) ++begin;
  return begin;
}

namespace {

size_t skip_name(std::string_view text, size_t begin, size_t end) {
  while (begin < end && is_name_char(text[begin])) ++begin;
  return begin;
}

size_t skip_attribute_value(std::string_view text, size_t begin, size_t end) {
  if (begin == end) return begin;
  const char quote = text[begin];
  size_t at = begin;
  if (quote != '"' && quote != '\'') {
    while (at < end && !is_space(text[at]) && text[at] != '>' && text[at] != '<') ++at;
    return at;
  }
  for (++at; at < end && text[at] != '<'; ++at) {
    if (text[at] == quote) return at + 1;
  }
  return begin;
}

// Words after the name without `=` belong to a name with blanks: `character 1`, `general tags`.
constexpr size_t kMaxNameWords = 3;

}  // namespace

std::optional<ScannedTag> scan_tag(std::string_view text, size_t begin, size_t end) {
  size_t at = begin + 1;
  ScannedTag tag{.kind = ScannedTag::Kind::open, .span = {}, .name = {}, .attributes = {}};
  if (at < end && text[at] == '/') tag.kind = ScannedTag::Kind::close, ++at;
  if (at >= end || !is_name_start(text[at])) return std::nullopt;
  tag.name = {at, skip_name(text, at, end)};
  // `<_>` is a face, not an element.
  if (std::ranges::none_of(tag.name.of(text),
                           [](char c) { return is_name_start(c) && c != '_'; })) {
    return std::nullopt;
  }
  at = tag.name.end;
  size_t words = 1;
  while (at < end) {
    const size_t next = skip_space(text, at, end);
    if (next == end) return std::nullopt;
    if (text[next] == '>' || (text[next] == '/' && next + 1 < end && text[next + 1] == '>')) {
      tag.self_closing = text[next] == '/';
      tag.span = {begin, next + (tag.self_closing ? 2 : 1)};
      return tag;
    }
    if (next == at || !is_name_char(text[next])) return std::nullopt;
    const TextSpan name{next, skip_name(text, next, end)};
    const size_t equals = skip_space(text, name.end, end);
    if (equals < end && text[equals] == '=' && is_name_start(text[name.begin])) {
      const size_t value = skip_space(text, equals + 1, end);
      const size_t value_end = skip_attribute_value(text, value, end);
      if (value_end == value) return std::nullopt;
      tag.attributes.push_back({name, {equals, equals + 1}, {value, value_end}});
      at = value_end;
      continue;
    }
    if (!tag.attributes.empty() || ++words > kMaxNameWords) return std::nullopt;
    tag.illegal_name = true;
    tag.name.end = name.end;
    at = name.end;
  }
  return std::nullopt;
}

size_t control_length(std::string_view text, size_t begin, size_t end) {
  constexpr std::array<std::string_view, 6> kPrefixes{
      "<lora:", "<lyco:", "<lycoris:", "<hypernet:", "<embed:", "<model:"};
  constexpr std::string_view kExtra = "<sd_cpp_extra_args>";
  constexpr std::string_view kExtraEnd = "</sd_cpp_extra_args>";
  const std::string_view rest = text.substr(begin, end - begin);
  if (rest.starts_with(kExtra)) {
    const size_t close = rest.find('<', kExtra.size());
    const bool closed = close != rest.npos && rest.substr(close).starts_with(kExtraEnd);
    return closed ? close + kExtraEnd.size() : kExtra.size();
  }
  const std::string head = to_lower(rest.substr(0, 12));
  const bool known = std::ranges::any_of(
      kPrefixes, [&](std::string_view prefix) { return head.starts_with(prefix); });
  if (!known) return 0;
  const size_t close = rest.find_first_of("<>\n", 1);
  return close != rest.npos && rest[close] == '>' ? close + 1 : 0;
}

namespace {

bool cjk_at(std::string_view text, size_t offset, size_t end) {
  return offset < end && utf8::is_cjk(utf8::decode(text.substr(0, end), offset).code_point);
}

bool cjk_before(std::string_view text, size_t offset, size_t begin) {
  size_t start = offset;
  while (start > begin && offset - start < 4) {
    --start;
    if ((static_cast<unsigned char>(text[start]) & 0xC0) != 0x80) break;
  }
  return start < offset && cjk_at(text, start, offset);
}

}  // namespace

size_t separator_length(std::string_view text, size_t offset, size_t begin, size_t end) {
  const char c = text[offset];
  if (c == ',' || c == '\n') return 1;
  if (c == '\r') return offset + 1 < end && text[offset + 1] == '\n' ? 2 : 1;
  const std::string_view rest = text.substr(offset, end - offset);
  for (std::string_view wide : {"，", "、"}) {
    if (rest.starts_with(wide)) return wide.size();
  }
  if (c == '+' && cjk_before(text, offset, begin) && cjk_at(text, offset + 1, end)) return 1;
  return 0;
}

namespace {

// Longer ones first where one begins another.
constexpr std::array<std::string_view, 44> kEmoticons{
    ">:)",  ">:(",  ">:D",   ":'(",     ";_;", "^_^", "^o^", "^^^", ">_<", ">_>", "<_<",
    "<_>",  "-_-",  "=_=",   "+_+",     "@_@", "0_0", "o_o", "x_x", "u_u", "._.", "|_|",
    "\\o/", "\\m/", "\\||/", "(o)_(o)", "<3",  ":)",  ":(",  ":3",  ":<",  ":>",  ":D",
    ":o",   ":p",   ":q",    ":t",      ":d",  ";)",  ";(",  "=)",  "=(",  "^^",  ":|"};

bool ends_item(std::string_view text, size_t offset, size_t end) {
  if (offset == end) return true;
  const char c = text[offset];
  if (is_space(c) || c == ',' || c == ')') return true;
  if (c == ':') return offset + 1 < end && (is_digit(text[offset + 1]) || text[offset + 1] == '.');
  const std::string_view rest = text.substr(offset, end - offset);
  return rest.starts_with("，") || rest.starts_with("、");
}

}  // namespace

size_t emoticon_length(std::string_view text, size_t offset, size_t begin, size_t end) {
  if (offset > begin && !is_space(text[offset - 1]) && text[offset - 1] != ',' &&
      text[offset - 1] != '(' && static_cast<signed char>(text[offset - 1]) >= 0) {
    return 0;
  }
  constexpr std::string_view kFirst = ">:;^<-=+@0oxu.|\\(";
  if (kFirst.find(text[offset]) == kFirst.npos) return 0;
  const std::string_view rest = text.substr(offset, end - offset);
  for (std::string_view emoticon : kEmoticons) {
    if (rest.starts_with(emoticon) && ends_item(text, offset + emoticon.size(), end)) {
      return emoticon.size();
    }
  }
  return 0;
}

bool is_emoticon(std::string_view text) {
  return std::ranges::find(kEmoticons, text) != kEmoticons.end();
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() ||
      !std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.' || c == '-'; })) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

namespace {

bool is_character(uint32_t code) {
  const bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  return code != 0 && !control && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

}  // namespace

ScannedEntity scan_entity(std::string_view text, size_t offset, size_t end) {
  constexpr size_t kLongest = 12;
  const std::string_view rest = text.substr(offset, std::min(end - offset, kLongest));
  const size_t semicolon = rest.find(';');
  if (semicolon == rest.npos || semicolon < 2) return {};
  const std::string_view body = rest.substr(1, semicolon - 1);
  ScannedEntity entity{semicolon + 1, ""};
  if (body.front() == '#') {
    const bool hex = body.size() > 1 && (body[1] == 'x' || body[1] == 'X');
    const std::string_view digits = body.substr(hex ? 2 : 1);
    uint32_t code = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size()) return {};
    if (is_character(code)) utf8::append(entity.text, code);
    return entity;
  }
  if (!std::ranges::all_of(body, is_letter)) return {};
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNamed{
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}}};
  for (const auto& [name, value] : kNamed) {
    if (body == name) entity.text = value;
  }
  return entity;
}

}  // namespace newbie::prompt
