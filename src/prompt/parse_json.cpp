#include "prompt/parse_json.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "prompt/parse_value.h"
#include "prompt/parse_xml.h"
#include "prompt/schema.h"

namespace newbie::prompt {

namespace {

/// What the value of a key means.
enum class Meaning { nothing, prompt, image, character, xml, prose, name };

Meaning meaning_of(std::string_view key, Meaning parent) {
  switch (parent) {
    case Meaning::prompt:
      if (character_number(key) > 0) return Meaning::character;
      if (key == "image") return Meaning::image;
      [[fallthrough]];
    case Meaning::image:
      if (key == "tags") return Meaning::xml;
      return key == "caption" ? Meaning::prose : Meaning::nothing;
    case Meaning::character:
      return key == "name" ? Meaning::name : Meaning::nothing;
    default:
      return Meaning::nothing;
  }
}

class JsonParser {
 public:
  JsonParser(SyntaxTree& tree, TextSpan span, const Limits& limits)
      : tree_(tree), at_(span.begin), end_(span.end), limits_(limits) {}

  /// False at the first byte that is not JSON.
  bool parse_value(NodeId parent, Meaning meaning, size_t depth) {
    add_blanks(parent);
    if (at_ >= end_ || depth > limits_.depth) return false;
    switch (peek()) {
      case '{':
        return parse_object(parent, meaning, depth);
      case '[':
        return parse_array(parent, depth);
      case '"':
        return parse_string(parent, meaning);
      default:
        return parse_scalar(parent);
    }
  }

  void add_blanks(NodeId parent) {
    const size_t end = skip_space(text(), at_, end_);
    if (end > at_) tree_.add(NodeKind::whitespace, {at_, end}, parent);
    at_ = end;
  }

  size_t at() const { return at_; }
  bool found_known_key() const { return known_key_; }

 private:
  std::string_view text() const { return tree_.source(); }
  char peek() const { return at_ < end_ ? text()[at_] : '\0'; }

  bool take(char expected, NodeId parent) {
    if (peek() != expected) return false;
    tree_.add(NodeKind::json_punctuation, {at_, at_ + 1}, parent);
    ++at_;
    return true;
  }

  bool finish(NodeId node, bool ok) {
    tree_.nodes[node].span.end = at_;
    return ok;
  }

  bool parse_object(NodeId parent, Meaning meaning, size_t depth) {
    const NodeId object = tree_.add(NodeKind::json_object, {at_, at_}, parent);
    return finish(object, parse_list(object, '{', '}', [&] {
                    const NodeId member = tree_.add(NodeKind::json_member, {at_, at_}, object);
                    return finish(member, parse_member(member, meaning, depth));
                  }));
  }

  bool parse_array(NodeId parent, size_t depth) {
    const NodeId array = tree_.add(NodeKind::json_array, {at_, at_}, parent);
    return finish(array, parse_list(array, '[', ']', [&] {
                    return parse_value(array, Meaning::nothing, depth + 1);
                  }));
  }

  template <class ParseEntry>
  bool parse_list(NodeId node, char open, char close, ParseEntry&& parse_entry) {
    take(open, node);
    add_blanks(node);
    if (take(close, node)) return true;
    do {
      add_blanks(node);
      if (!parse_entry()) return false;
      add_blanks(node);
    } while (take(',', node));
    return take(close, node);
  }

  bool parse_member(NodeId member, Meaning meaning, size_t depth) {
    const TextSpan literal = scan_string();
    if (literal.empty()) return false;
    std::vector<size_t> offsets;
    const std::string key = decode_json_string(literal.of(text()), offsets);
    tree_.add(NodeKind::json_key, literal, member);
    at_ = literal.end;
    add_blanks(member);
    if (!take(':', member)) return false;
    const Meaning inner = meaning_of(key, meaning);
    if (inner != Meaning::nothing) known_key_ = true;
    return parse_value(member, inner, depth + 1);
  }

  // Empty when there is no complete string here.
  TextSpan scan_string() const {
    if (peek() != '"') return {at_, at_};
    for (size_t i = at_ + 1; i < end_ && text()[i] != '\n'; ++i) {
      if (text()[i] == '"') return {at_, i + 1};
      if (text()[i] == '\\') ++i;
    }
    return {at_, at_};
  }

  bool parse_string(NodeId parent, Meaning meaning) {
    const TextSpan literal = scan_string();
    if (literal.empty()) return false;
    const NodeId node = tree_.add(NodeKind::json_string, literal, parent);
    at_ = literal.end;
    if (meaning == Meaning::xml || meaning == Meaning::prose || meaning == Meaning::name) {
      parse_content(node, literal, meaning);
    }
    return true;
  }

  void parse_content(NodeId node, TextSpan literal, Meaning meaning) {
    std::vector<size_t> offsets;
    const std::string decoded = decode_json_string(literal.of(text()), offsets);
    for (size_t& offset : offsets) offset += literal.begin;
    const size_t begin = tree_.add_decoded(decoded, std::move(offsets));
    const TextSpan span{begin, begin + decoded.size()};
    if (trim(decoded).empty()) return;
    if (meaning == Meaning::xml) return parse_xml(tree_, node, span, limits_);
    const std::vector<MarkupToken> tokens =
        scan_markup(tree_.text(), span, Dialect::plain, limits_, tree_.issues);
    add_value(tree_, node, tokens, meaning == Meaning::prose ? ValueMode::prose : ValueMode::tags,
              Dialect::plain, limits_);
  }

  bool parse_scalar(NodeId parent) {
    size_t end = at_;
    while (end < end_ && (is_letter(text()[end]) || is_digit(text()[end]) || text()[end] == '-' ||
                          text()[end] == '+' || text()[end] == '.')) {
      ++end;
    }
    const std::string_view word = text().substr(at_, end - at_);
    const bool literal = word == "true" || word == "false" || word == "null";
    double number = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool numeric = error == std::errc{} && stop == word.data() + word.size() && !word.empty();
    if (!literal && !numeric) return false;
    tree_.add(NodeKind::json_scalar, {at_, end}, parent);
    at_ = end;
    return true;
  }

  SyntaxTree& tree_;
  size_t at_;
  size_t end_;
  const Limits& limits_;
  bool known_key_ = false;
};

uint32_t read_hex4(std::string_view text, size_t at) {
  uint32_t code = 0;
  if (at + 4 > text.size()) return 0xFFFD;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
  return error == std::errc{} && end == text.data() + at + 4 ? code : 0xFFFD;
}

}  // namespace

void parse_json_prompt(SyntaxTree& tree, NodeId parent, TextSpan span, const Limits& limits) {
  JsonParser parser(tree, span, limits);
  const bool ok = parser.parse_value(parent, Meaning::prompt, 0);
  if (ok) parser.add_blanks(parent);
  if (parser.at() >= span.end && ok) return;
  tree.issues.push_back(
      {IssueKind::bad_json, {parser.at(), std::min(parser.at() + 1, span.end)}, {}});
  if (parser.at() < span.end) tree.add(NodeKind::skipped, {parser.at(), span.end}, parent);
}

bool is_json_prompt(std::string_view text, const Limits& limits) {
  SyntaxTree scratch{std::string(text)};
  JsonParser parser(scratch, {0, text.size()}, limits);
  if (!parser.parse_value(0, Meaning::prompt, 0)) return false;
  parser.add_blanks(0);
  return parser.at() == text.size() && parser.found_known_key();
}

std::string decode_json_string(std::string_view literal, std::vector<size_t>& offsets) {
  std::string out;
  const size_t end = literal.size() - 1;
  const auto add = [&](std::string_view bytes, size_t offset) {
    out += bytes;
    offsets.insert(offsets.end(), bytes.size(), offset);
  };
  for (size_t i = 1; i < end;) {
    if (literal[i] != '\\' || i + 1 >= end) {
      add(literal.substr(i, 1), i);
      ++i;
      continue;
    }
    const size_t start = i;
    const char kind = literal[i + 1];
    i += 2;
    if (kind == 'u') {
      uint32_t code = read_hex4(literal, i);
      i = std::min(i + 4, end);
      const bool pair = code >= 0xD800 && code < 0xDC00 && literal.substr(i).starts_with("\\u");
      if (pair) {
        const uint32_t low = read_hex4(literal, i + 2);
        code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                                             : 0xFFFD;
        i = std::min(i + 6, end);
      }
      add(utf8::encode(code), start);
    } else {
      constexpr std::string_view kFrom = "nrtbf";
      constexpr std::string_view kTo = "\n\r\t\b\f";
      const size_t known = kFrom.find(kind);
      add(known == kFrom.npos ? literal.substr(start + 1, 1) : kTo.substr(known, 1), start);
    }
  }
  offsets.push_back(end);
  return out;
}

}  // namespace newbie::prompt
