#include "prompt/parse_value.h"

#include <algorithm>

namespace newbie::prompt {

std::optional<WeightTail> read_weight_tail(std::string_view text, size_t open_end, size_t close) {
  TextSpan number = trim(text, {open_end, close});
  size_t begin = number.end;
  const auto numeric = [](char c) { return is_digit(c) || c == '.' || c == '-' || c == '+'; };
  while (begin > open_end && numeric(text[begin - 1])) --begin;
  number.begin = begin;
  while (begin > open_end && is_space(text[begin - 1])) --begin;
  if (number.empty() || begin == open_end || text[begin - 1] != ':') return std::nullopt;
  // `(:1.2)` weighs nothing and stays literal.
  if (trim(text, {open_end, begin - 1}).empty()) return std::nullopt;
  return WeightTail{{begin - 1, close}, number, parse_number(number.of(text))};
}

namespace {

// A lexeme has the kind of the node it becomes; group_open and group_close are brackets of any
// sort.
struct Lexeme {
  NodeKind kind;
  TextSpan span;
};

struct Group {
  size_t close = 0;  ///< lexeme index; 0: the bracket is literal
  WeightTail tail;
};

class ValueParser {
 public:
  ValueParser(SyntaxTree& tree, ValueMode mode, Dialect dialect, const Limits& limits)
      : tree_(tree), text_(tree.text()), mode_(mode), dialect_(dialect), limits_(limits) {}

  void parse(std::span<const MarkupToken> run, NodeId value) {
    for (const MarkupToken& token : run) {
      if (token.kind == NodeKind::text) {
        lex_text(token.span);
      } else {
        lexemes_.push_back({token.kind, token.span});
      }
    }
    match_groups();
    count_boundaries();
    build(0, lexemes_.size(), value, 0);
  }

 private:
  // --- lexemes ---

  void lex_text(TextSpan span) {
    for (size_t at = span.begin; at < span.end;) {
      const Lexeme lexeme = lexeme_at(at, span);
      const bool continues = lexeme.kind == NodeKind::text && !lexemes_.empty() &&
                             lexemes_.back().kind == NodeKind::text &&
                             lexemes_.back().span.end == at;
      if (continues) {
        lexemes_.back().span.end = lexeme.span.end;
      } else {
        lexemes_.push_back(lexeme);
      }
      at = lexeme.span.end;
    }
  }

  Lexeme lexeme_at(size_t at, TextSpan run) {
    const auto make = [&](NodeKind kind, size_t length) { return Lexeme{kind, {at, at + length}}; };
    if (const size_t length = emoticon_length(text_, at, run.begin, run.end)) {
      return make(NodeKind::text, length);
    }
    if (mode_ == ValueMode::tags) {
      if (const size_t length = separator_length(text_, at, run.begin, run.end)) {
        return make(NodeKind::separator, length);
      }
    }
    const char c = text_[at];
    if (is_space(c)) return space_at(at, run);
    if (c == '(') return make(NodeKind::group_open, 1);
    if (c == ')') return make(NodeKind::group_close, 1);
    if (c == '\\') return backslash_at(at, run);
    if (dialect_ == Dialect::xml && (c == '&' || c == '<' || c == '>')) return markup_at(at, run);
    return make(NodeKind::text, plain_length(at, run));
  }

  Lexeme space_at(size_t at, TextSpan run) const {
    size_t end = at;
    while (end < run.end && is_space(text_[end]) &&
           (mode_ == ValueMode::prose || (text_[end] != '\n' && text_[end] != '\r'))) {
      ++end;
    }
    return {NodeKind::whitespace, {at, end}};
  }

  Lexeme backslash_at(size_t at, TextSpan run) const {
    size_t end = at;
    while (end < run.end && text_[end] == '\\') ++end;
    const bool escapes = end < run.end && (text_[end] == '(' || text_[end] == ')');
    return {escapes ? NodeKind::escape : NodeKind::text, {at, escapes ? end + 1 : end}};
  }

  Lexeme markup_at(size_t at, TextSpan run) {
    const char c = text_[at];
    if (c != '&') {
      tree_.issues.push_back({IssueKind::stray_markup, {at, at + 1}, {}});
      return {NodeKind::stray, {at, at + 1}};
    }
    const ScannedEntity entity = scan_entity(text_, at, run.end);
    if (entity.length > 0) {
      const TextSpan span{at, at + entity.length};
      if (!entity.text.empty()) return {NodeKind::entity, span};
      tree_.issues.push_back({IssueKind::unknown_entity, span, {}});
      return {NodeKind::stray, span};
    }
    const bool alone = (at == run.begin || is_space(text_[at - 1])) &&
                       (at + 1 == run.end || is_space(text_[at + 1]));
    if (!alone) tree_.issues.push_back({IssueKind::stray_markup, {at, at + 1}, {}});
    return {NodeKind::stray, {at, at + 1}};
  }

  // Bytes up to the next one that may be something else. An emoticon begins only after a boundary,
  // so a run of letters, digits and bytes of multi-byte characters other than separators is plain.
  size_t plain_length(size_t at, TextSpan run) const {
    size_t end = at + 1;
    while (end < run.end && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '_'))
      ++end;
    while (end == at + 1 && end < run.end &&
           (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80 &&
           (static_cast<unsigned char>(text_[at]) & 0x80)) {
      ++end;
      while (end < run.end && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    }
    return end - at;
  }

  // --- groups ---

  void match_groups() {
    groups_.resize(lexemes_.size());
    std::vector<size_t> open;
    for (size_t i = 0; i < lexemes_.size(); ++i) {
      if (lexemes_[i].kind == NodeKind::group_open) open.push_back(i);
      if (lexemes_[i].kind != NodeKind::group_close || open.empty()) continue;
      const size_t from = open.back();
      open.pop_back();
      // The tail must be plain text: `(a<!-- n -->:1.2)` ends with text after the comment, which is
      // fine.
      const size_t content = last_break(from, i);
      std::optional<WeightTail> tail = read_weight_tail(text_, content, lexemes_[i].span.begin);
      if (!tail && content != lexemes_[from].span.end) tail = tail_alone(content, i);
      if (!tail) continue;
      if (!tail->weight || *tail->weight < 0 || *tail->weight > 2) {
        tree_.issues.push_back({IssueKind::bad_weight, tail->number, {}});
      }
      groups_[from] = {i, *tail};
    }
  }

  // Where the plain text before the closing bracket `close` begins.
  size_t last_break(size_t open, size_t close) const {
    size_t i = close;
    while (i > open + 1 && (lexemes_[i - 1].kind == NodeKind::text ||
                            lexemes_[i - 1].kind == NodeKind::whitespace)) {
      --i;
    }
    return lexemes_[i - 1].span.end;
  }

  // `:1.2` directly after an escape, an entity, an inner group or a comment.
  std::optional<WeightTail> tail_alone(size_t content, size_t close) const {
    const size_t end = lexemes_[close].span.begin;
    const TextSpan body = trim(text_, {content, end});
    if (body.size() < 2 || text_[body.begin] != ':') return std::nullopt;
    const TextSpan number = trim(text_, {body.begin + 1, body.end});
    const bool numeric = std::ranges::all_of(
        number.of(text_), [](char c) { return is_digit(c) || c == '.' || c == '-' || c == '+'; });
    if (number.empty() || !numeric) return std::nullopt;
    return WeightTail{{body.begin, end}, number, parse_number(number.of(text_))};
  }

  static bool is_boundary(NodeKind kind) {
    return kind == NodeKind::separator || kind == NodeKind::comment ||
           kind == NodeKind::weight_comment || kind == NodeKind::control;
  }

  void count_boundaries() {
    boundaries_before_.assign(lexemes_.size() + 1, 0);
    for (size_t i = 0; i < lexemes_.size(); ++i) {
      boundaries_before_[i + 1] = boundaries_before_[i] + is_boundary(lexemes_[i].kind);
    }
  }

  bool opens_group(size_t i) const { return groups_[i].close > 0; }

  bool holds_boundary(size_t open) const {
    return boundaries_before_[groups_[open].close] > boundaries_before_[open];
  }

  // --- nodes ---

  void build(size_t begin, size_t end, NodeId parent, size_t depth) {
    NodeId last_item = kNoNode;
    NodeId comment = kNoNode;  // since the last item
    for (size_t i = begin; i < end;) {
      const Lexeme& lexeme = lexemes_[i];
      if (lexeme.kind == NodeKind::whitespace || is_boundary(lexeme.kind)) {
        const NodeId node = tree_.add(lexeme.kind, lexeme.span, parent);
        if (lexeme.kind == NodeKind::separator) last_item = kNoNode;
        if (lexeme.kind == NodeKind::comment || lexeme.kind == NodeKind::weight_comment)
          comment = node;
        ++i;
        continue;
      }
      if (last_item != kNoNode && comment != kNoNode && mode_ == ValueMode::tags) {
        const TextSpan gap{tree_.node(comment).span.begin, lexeme.span.begin};
        tree_.issues.push_back({IssueKind::missing_comma, gap, tree_.node(last_item).span});
      }
      comment = kNoNode;
      last_item = kNoNode;
      if (is_item_group(i, end)) {
        last_item = build_group(i, parent, depth);
        i = groups_[i].close + 1;
      } else {
        const size_t item_end = find_item_end(i, end);
        last_item =
            tree_.add(NodeKind::item, {lexeme.span.begin, lexemes_[item_end - 1].span.end}, parent);
        build_text(i, item_end, last_item, depth);
        i = item_end;
      }
    }
  }

  // A group around whole items, as opposed to one around some words of an item.
  bool is_item_group(size_t i, size_t end) const {
    if (mode_ == ValueMode::prose || lexemes_[i].kind != NodeKind::group_open || !opens_group(i))
      return false;
    if (holds_boundary(i)) return true;
    size_t next = groups_[i].close + 1;
    while (next < end && lexemes_[next].kind == NodeKind::whitespace) ++next;
    return next >= end || is_boundary(lexemes_[next].kind);
  }

  size_t find_item_end(size_t begin, size_t end) const {
    size_t i = begin;
    size_t item_end = begin + 1;
    while (i < end && !is_boundary(lexemes_[i].kind)) {
      const bool group = lexemes_[i].kind == NodeKind::group_open && opens_group(i);
      if (group && mode_ == ValueMode::tags && holds_boundary(i) && i > begin) break;
      if (group && (mode_ == ValueMode::prose || !holds_boundary(i))) i = groups_[i].close;
      if (lexemes_[i].kind != NodeKind::whitespace) item_end = i + 1;
      ++i;
    }
    return item_end;
  }

  void add_group_close(size_t open, NodeId group) {
    const Group& found = groups_[open];
    tree_.add(NodeKind::group_close, {found.tail.span.begin, lexemes_[found.close].span.end},
              group);
  }

  // Group brackets beyond the depth limit are literal.
  bool too_deep(size_t open, size_t depth) {
    if (depth < limits_.depth) return false;
    tree_.issues.push_back({IssueKind::too_deep, lexemes_[open].span, {}});
    return true;
  }

  NodeId build_group(size_t open, NodeId parent, size_t depth) {
    const Group group = groups_[open];
    const TextSpan span{lexemes_[open].span.begin, lexemes_[group.close].span.end};
    if (too_deep(open, depth)) {
      const NodeId item = tree_.add(NodeKind::item, span, parent);
      tree_.add(NodeKind::text, span, item);
      return item;
    }
    const NodeId node = tree_.add(NodeKind::group, span, parent);
    tree_.add(NodeKind::group_open, lexemes_[open].span, node);
    const size_t content_end = cut_tail(group);
    build(open + 1, content_end, node, depth + 1);
    add_group_close(open, node);
    return node;
  }

  // Shortens the last text before the tail; returns the index after the last lexeme of the content.
  size_t cut_tail(const Group& group) {
    size_t end = group.close;
    while (lexemes_[end - 1].span.begin >= group.tail.span.begin) --end;
    lexemes_[end - 1].span.end = std::min(lexemes_[end - 1].span.end, group.tail.span.begin);
    return end;
  }

  // The content of an item: characters, and groups around some of its words.
  void build_text(size_t begin, size_t end, NodeId parent, size_t depth) {
    for (size_t i = begin; i < end; ++i) {
      const Lexeme lexeme = lexemes_[i];
      if (lexeme.kind == NodeKind::group_open && opens_group(i) && groups_[i].close < end &&
          !too_deep(i, depth)) {
        const Group group = groups_[i];
        const NodeId node =
            tree_.add(NodeKind::group, {lexeme.span.begin, lexemes_[group.close].span.end}, parent);
        tree_.add(NodeKind::group_open, lexeme.span, node);
        build_text(i + 1, cut_tail(group), node, depth + 1);
        add_group_close(i, node);
        i = group.close;
        continue;
      }
      add_characters(lexeme, parent);
    }
  }

  void add_characters(const Lexeme& lexeme, NodeId parent) {
    const bool keeps = lexeme.kind == NodeKind::entity || lexeme.kind == NodeKind::escape ||
                       lexeme.kind == NodeKind::stray || is_boundary(lexeme.kind);
    const NodeKind kind = keeps ? lexeme.kind : NodeKind::text;
    const NodeId last = tree_.node(parent).last_child;
    if (kind == NodeKind::text && last != kNoNode && tree_.node(last).kind == NodeKind::text) {
      tree_.nodes[last].span.end = lexeme.span.end;
    } else if (!lexeme.span.empty()) {
      tree_.add(kind, lexeme.span, parent);
    }
  }

  SyntaxTree& tree_;
  std::string_view text_;
  ValueMode mode_;
  Dialect dialect_;
  const Limits& limits_;
  std::vector<Lexeme> lexemes_;
  std::vector<Group> groups_;
  std::vector<size_t> boundaries_before_;
};

}  // namespace

NodeId add_value(SyntaxTree& tree, NodeId parent, std::span<const MarkupToken> run, ValueMode mode,
                 Dialect dialect, const Limits& limits) {
  const NodeId value =
      tree.add(NodeKind::value, {run.front().span.begin, run.back().span.end}, parent);
  ValueParser(tree, mode, dialect, limits).parse(run, value);
  return value;
}

}  // namespace newbie::prompt
