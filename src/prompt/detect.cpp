#include "prompt/detect.h"

#include <algorithm>

#include "base/utf8.h"
#include "prompt/parse.h"
#include "prompt/parse_json.h"
#include "prompt/scan.h"
#include "prompt/schema.h"
#include "prompt/system_prompt.h"

namespace newbie::prompt {

namespace {

bool is_vocabulary_tag(std::string_view text, size_t at) {
  const std::optional<ScannedTag> tag = scan_tag(text, at, text.size());
  if (!tag || tag->kind != ScannedTag::Kind::open || control_length(text, at, text.size()) > 0)
    return false;
  return resolve_name(tag->name.of(text), "").rule != nullptr;
}

size_t first_vocabulary_tag(std::string_view text) {
  size_t at = text.find('<');
  while (at != text.npos && !is_vocabulary_tag(text, at)) at = text.find('<', at + 1);
  return at;
}

// Comments and controls say nothing about the kind.
size_t skip_neutral(std::string_view text) {
  size_t at = skip_space(text, 0, text.size());
  while (at < text.size()) {
    size_t end = at + control_length(text, at, text.size());
    if (text.substr(at).starts_with("<!--")) {
      const size_t close = text.find("-->", at);
      if (close == text.npos) return at;
      end = close + 3;
    }
    if (end == at) return at;
    at = skip_space(text, end, text.size());
  }
  return at;
}

std::string_view without_fence(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("```")) return text;
  const size_t line = text.find('\n');
  if (line == text.npos) return text;
  text.remove_prefix(line + 1);
  const size_t last = text.rfind("```");
  return trim(last == text.npos ? text : text.substr(0, last));
}

struct ItemSize {
  size_t words = 0;
  size_t cjk = 0;
};

ItemSize measure(std::string_view item) {
  ItemSize size;
  bool in_word = false;
  for (size_t i = 0; i < item.size();) {
    const utf8::Decoded c = utf8::decode(item, i);
    const bool blank = c.code_point < 0x80 && is_space(static_cast<char>(c.code_point));
    if (utf8::is_cjk(c.code_point)) ++size.cjk;
    if (!blank && !in_word) ++size.words;
    in_word = !blank;
    i += c.length;
  }
  return size;
}

bool ends_sentence(std::string_view text) {
  for (std::string_view mark : {".", "!", "?", "。", "！", "？"}) {
    if (text.ends_with(mark)) return !is_emoticon(text.substr(text.find_last_of(" \t\n,") + 1));
  }
  return false;
}

}  // namespace

size_t system_prefix_length(std::string_view source) {
  size_t at = source.find(kPromptStart);
  if (at == source.npos) return 0;
  const size_t element = std::min(first_vocabulary_tag(source), source.size());
  // `<Prompt Start>` ends a system prompt only in front of the prompt.
  at = source.rfind(kPromptStart, element);
  if (at == source.npos || at + kPromptStart.size() > element) {
    at = source.find(kPromptStart);
    if (at > element) return 0;
  }
  at += kPromptStart.size();
  while (at < source.size() && (is_space(source[at]) || source[at] == ',')) ++at;
  return at;
}

InputKind detect_markup(std::string_view text) {
  if (first_vocabulary_tag(text) != text.npos) return InputKind::xml;
  const size_t at = skip_neutral(text);
  if (at + 1 >= text.size() || text[at] != '<') return InputKind::automatic;
  const bool declares = text[at + 1] == '?' ||
                        (text[at + 1] == '!' && at + 2 < text.size() && is_letter(text[at + 2]));
  return declares || scan_tag(text, at, text.size()) ? InputKind::xml : InputKind::automatic;
}

InputKind detect_plain(std::string_view text) {
  text = trim(text);
  if (text.empty() || ends_sentence(text)) return InputKind::text;
  size_t items = 0;
  size_t small = 0;
  const auto end_item = [&](std::string_view item) {
    const ItemSize size = measure(trim(item));
    if (size.words == 0) return;
    ++items;
    if (size.cjk > 0 ? size.cjk <= 8 : size.words <= 4) ++small;
  };
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t separator = separator_length(text, at, 0, text.size());
    if (separator > 0) {
      end_item(text.substr(begin, at - begin));
      begin = at + separator;
    }
    at += std::max<size_t>(separator, 1);
  }
  end_item(text.substr(begin));
  return items >= 3 && small * 10 >= items * 7 ? InputKind::tags : InputKind::text;
}

InputKind detect_kind(std::string_view source) {
  const std::string_view text = without_fence(source.substr(system_prefix_length(source)));
  if (text.starts_with('{') && is_json_prompt(text, Limits{})) return InputKind::json;
  const InputKind markup = detect_markup(text);
  return markup == InputKind::automatic ? detect_plain(text) : markup;
}

}  // namespace newbie::prompt
