#include "prompt/markup.h"

#include <algorithm>

#include "prompt/system_prompt.h"

namespace newbie::prompt {

namespace {

constexpr std::string_view kCommentOpen = "<!--";
constexpr std::string_view kCommentClose = "-->";

class MarkupScanner {
 public:
  MarkupScanner(std::string_view text, TextSpan span, Dialect dialect, const Limits& limits,
                std::vector<Issue>& issues)
      : text_(text.substr(0, span.end)),
        span_(span),
        dialect_(dialect),
        limits_(limits),
        issues_(issues) {}

  std::vector<MarkupToken> scan() {
    size_t text_begin = span_.begin;
    for (size_t at = span_.begin; (at = text_.find('<', at)) != text_.npos;) {
      std::optional<MarkupToken> token = markup_at(at);
      if (!token) {
        ++at;
        continue;
      }
      if (text_begin < at) tokens_.push_back({NodeKind::text, {text_begin, at}, {}});
      at = text_begin = token->span.end;
      tokens_.push_back(std::move(*token));
    }
    if (text_begin < span_.end) tokens_.push_back({NodeKind::text, {text_begin, span_.end}, {}});
    return std::move(tokens_);
  }

 private:
  std::optional<MarkupToken> markup_at(size_t at) {
    if (text_.substr(at).starts_with(kCommentOpen)) return comment_at(at);
    if (const size_t length = control_length(text_, at, span_.end)) {
      return MarkupToken{NodeKind::control, {at, at + length}, {}};
    }
    if (dialect_ == Dialect::plain || at + 1 >= span_.end) return std::nullopt;
    if (text_.substr(at).starts_with(kPromptStart)) return std::nullopt;
    if (text_[at + 1] == '?') return declaration_at(at);
    if (text_[at + 1] == '!') return doctype_at(at);
    std::optional<ScannedTag> tag = scan_tag(text_, at, span_.end);
    if (!tag) return std::nullopt;
    const bool opens = tag->kind == ScannedTag::Kind::open;
    if (opens && ++elements_ > limits_.elements) return too_many_at(at);
    if (!opens && ++closes_ > 2 * limits_.elements) return too_many_at(at);
    const TextSpan span = tag->span;
    return MarkupToken{opens ? NodeKind::open_tag : NodeKind::close_tag, span, std::move(tag)};
  }

  MarkupToken comment_at(size_t at) {
    // Once no end is ahead there is none for later comments either: the search is not repeated.
    size_t close = comments_end_ ? text_.npos : text_.find(kCommentClose, at + kCommentOpen.size());
    if (close == text_.npos) {
      comments_end_ = true;
      const size_t line = std::min(text_.find('\n', at), span_.end);
      issues_.push_back({IssueKind::unterminated, {at, at + kCommentOpen.size()}, {line, line}});
      return {NodeKind::comment, {at, line}, {}};
    }
    const TextSpan span{at, close + kCommentClose.size()};
    const bool weight = read_weight_comment(text_, span).weight.has_value();
    return {weight ? NodeKind::weight_comment : NodeKind::comment, span, {}};
  }

  std::optional<MarkupToken> declaration_at(size_t at) {
    const size_t close = text_.find_first_of("<>", at + 1);
    if (close == text_.npos || text_[close] == '<') return std::nullopt;
    return MarkupToken{NodeKind::declaration, {at, close + 1}, {}};
  }

  // `<!DOCTYPE name [ ... ]>` and other declarations. An unterminated one takes the rest: nothing
  // after it can be trusted, and searching for its end twice would not be linear.
  std::optional<MarkupToken> doctype_at(size_t at) {
    if (at + 2 >= span_.end || !is_letter(text_[at + 2])) return std::nullopt;
    size_t close = text_.find_first_of("[>", at);
    if (close != text_.npos && text_[close] == '[') {
      close = text_.find(']', close);
      if (close != text_.npos) close = text_.find('>', close);
    }
    const size_t end = close == text_.npos ? span_.end : close + 1;
    const TextSpan unterminated = close == text_.npos ? TextSpan{at, end} : TextSpan{};
    issues_.push_back({IssueKind::doctype, {at, end}, unterminated});
    return MarkupToken{NodeKind::doctype, {at, end}, {}};
  }

  MarkupToken too_many_at(size_t at) {
    issues_.push_back({IssueKind::too_many_elements, {at, std::min(at + 1, span_.end)}, {}});
    return {NodeKind::skipped, {at, span_.end}, {}};
  }

  std::string_view text_;
  TextSpan span_;
  Dialect dialect_;
  const Limits& limits_;
  std::vector<Issue>& issues_;
  std::vector<MarkupToken> tokens_;
  size_t elements_ = 0;
  size_t closes_ = 0;
  bool comments_end_ = false;
};

}  // namespace

std::vector<MarkupToken> scan_markup(std::string_view text, TextSpan span, Dialect dialect,
                                     const Limits& limits, std::vector<Issue>& issues) {
  return MarkupScanner(text, span, dialect, limits, issues).scan();
}

WeightComment read_weight_comment(std::string_view text, TextSpan span) {
  constexpr std::string_view kWord = "weight";
  const size_t length = kCommentOpen.size() + kCommentClose.size();
  if (span.size() < length) return {};
  const TextSpan body =
      trim(text, {span.begin + kCommentOpen.size(), span.end - kCommentClose.size()});
  if (body.size() <= kWord.size() || to_lower(body.of(text).substr(0, kWord.size())) != kWord)
    return {};
  const size_t sign = skip_space(text, body.begin + kWord.size(), body.end);
  if (sign == body.end || (text[sign] != ':' && text[sign] != '=')) return {};
  const TextSpan number = trim(text, {sign + 1, body.end});
  // "weight: the dress looks heavy" is a note; "weight:heavy" is a mistake.
  const bool several_words = std::ranges::any_of(number.of(text), is_space);
  if (several_words && !is_digit(text[number.begin])) return {};
  return {true, parse_number(number.of(text)), number};
}

}  // namespace newbie::prompt
