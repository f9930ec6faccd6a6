#include "prompt/spell.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "prompt/parse_value.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

bool is_xml(Spot spot) { return spot != Spot::plain_tags && spot != Spot::plain_prose; }
bool is_tags(Spot spot) { return spot == Spot::xml_tags || spot == Spot::plain_tags; }

class ItemSpeller {
 public:
  ItemSpeller(const Item& item, Spot spot)
      : item_(item), spot_(spot), emoticon_(item.ranges.empty() && is_emoticon(item.text)) {
    const bool has_brackets = item.text.find_first_of("()") != std::string::npos;
    escape_brackets_ =
        has_brackets && !emoticon_ && (!item.ranges.empty() || has_risky_brackets(item.text));
  }

  std::string spell() {
    if (item_.weight != 1) out_ += '(';
    size_t at = 0;
    for (const WeightRange& range : item_.ranges) {
      spell_text(at, range.range.begin, true);
      out_ += '(';
      spell_text(range.range.begin, range.range.end, false);
      close_group(range.weight);
      at = range.range.end;
    }
    spell_text(at, item_.text.size(), false);
    if (item_.weight != 1) close_group(item_.weight);
    return std::move(out_);
  }

 private:
  void close_group(double weight) {
    out_ += ':';
    out_ += spell_weight(weight);
    out_ += ')';
  }

  void spell_text(size_t begin, size_t end, bool group_follows) {
    const std::string_view text = item_.text;
    if (emoticon_) {
      out_ += text;
      return;
    }
    for (size_t i = begin; i < end;) {
      const size_t separator = is_tags(spot_) ? separator_length(text, i, 0, text.size()) : 0;
      const size_t length = separator > 0 ? separator : 1;
      const bool bracket_next =
          i + 1 < end ? text[i + 1] == '(' || text[i + 1] == ')' : group_follows;
      spell_character(i, length, separator > 0, bracket_next);
      i += length;
    }
  }

  void spell_character(size_t i, size_t length, bool separator, bool bracket_next) {
    const char c = item_.text[i];
    const std::string_view bytes = std::string_view(item_.text).substr(i, length);
    if ((c == '(' || c == ')') && escape_brackets_) {
      out_ += '\\';
      out_ += c;
      return;
    }
    if (!is_xml(spot_)) {
      out_ += bytes;
    } else if (c == '<') {
      out_ += "&lt;";
    } else if (c == '>') {
      out_ += "&gt;";
    } else if (c == '&' && !stands_alone(i)) {
      out_ += "&amp;";
    } else if (separator || (c == '\\' && bracket_next) || means_wrapper(i)) {
      out_ += fmt::format("&#{};", static_cast<uint32_t>(utf8::decode(bytes, 0).code_point));
    } else {
      out_ += bytes;
    }
  }

  bool stands_alone(size_t i) const {
    return i > 0 && i + 1 < item_.text.size() && is_space(item_.text[i - 1]) &&
           is_space(item_.text[i + 1]);
  }

  bool means_wrapper(size_t i) const {
    if (spot_ != Spot::xml_loose) return false;
    const char c = item_.text[i];
    return (i == 0 && (c == '{' || c == '`')) || (i + 1 == item_.text.size() && c == '}');
  }

  const Item& item_;
  Spot spot_;
  bool emoticon_;
  bool escape_brackets_ = false;
  std::string out_;
};

}  // namespace

bool has_risky_brackets(std::string_view text) {
  size_t depth = 0;
  size_t open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (const size_t length = emoticon_length(text, i, 0, text.size())) {
      i += length - 1;
    } else if (text[i] == '(') {
      ++depth;
      open = i + 1;
    } else if (text[i] == ')') {
      if (depth == 0 || read_weight_tail(text, open, i)) return true;
      --depth;
    }
  }
  return depth != 0;
}

std::string spell_item(const Item& item, Spot spot) { return ItemSpeller(item, spot).spell(); }

std::string spell_weight(double weight) {
  std::string text = fmt::format("{:.2f}", weight);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string spell_attribute(std::string_view value) { return escape_entities(value, "&<\""); }

}  // namespace newbie::prompt
