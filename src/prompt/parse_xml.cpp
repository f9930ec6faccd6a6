#include "prompt/parse_xml.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "prompt/markup.h"
#include "prompt/parse_value.h"
#include "prompt/schema.h"

namespace newbie::prompt {

namespace {

struct TagInfo {
  ResolvedName name;
  bool closes_later = false;  ///< the next tag of this name is a close tag
};

struct Open {
  NodeId element;
  size_t token;
  bool has_value = false;
  bool has_elements = false;
};

class TreeBuilder {
 public:
  TreeBuilder(SyntaxTree& tree, NodeId parent, TextSpan span, const Limits& limits)
      : tree_(tree),
        root_(parent),
        span_(span),
        limits_(limits),
        tokens_(scan_markup(tree.text(), span, Dialect::xml, limits, tree.issues)) {
    resolve_tags();
  }

  void build() {
    for (size_t i = 0; i < tokens_.size();) {
      switch (tokens_[i].kind) {
        case NodeKind::open_tag:
          open_element(i++);
          break;
        case NodeKind::close_tag:
          close_element(i++);
          break;
        case NodeKind::text:
        case NodeKind::comment:
        case NodeKind::weight_comment:
        case NodeKind::control:
          i = add_run(i);
          break;
        default:
          tree_.add(tokens_[i].kind, tokens_[i].span, current()), ++i;
      }
    }
    while (!open_.empty()) close_implicitly(span_.end);
  }

 private:
  void resolve_tags() {
    tags_.resize(tokens_.size());
    std::unordered_map<std::string, NodeKind> next;
    for (size_t i = tokens_.size(); i-- > 0;) {
      if (!tokens_[i].tag) continue;
      tags_[i].name = resolve_name(tokens_[i].tag->name.of(tree_.text()), "");
      const auto [seen, first] = next.try_emplace(tags_[i].name.name, tokens_[i].kind);
      tags_[i].closes_later = !first && seen->second == NodeKind::close_tag;
      seen->second = tokens_[i].kind;
    }
  }

  NodeId current() const { return open_.empty() ? root_ : open_.back().element; }
  const ElementRule* current_rule() const {
    return open_.empty() ? nullptr : tags_[open_.back().token].name.rule;
  }

  // --- tags ---

  static bool accepts(const ElementRule* parent, const ElementRule* child) {
    if (!parent || parent->place == Place::wrapper) return true;
    if (parent->name == "environment")
      return child && (child->name == "environment" || child->name == "lighting");
    if (parent->form != ValueForm::elements) return false;
    if (!child) return true;
    return child->place == (parent->name == "character" ? Place::character : Place::general);
  }

  void open_element(size_t token) {
    while (!open_.empty() && !tags_[open_.back().token].closes_later &&
           (!accepts(current_rule(), tags_[token].name.rule) || is_unknown_leaf())) {
      close_implicitly(tokens_[token].span.begin);
    }
    const ScannedTag& tag = *tokens_[token].tag;
    seen_content_ = true;
    if (open_.size() >= limits_.depth) return skip_too_deep(token);
    if (!open_.empty()) open_.back().has_elements = true;
    const NodeId element = tree_.add(NodeKind::element, tag.span, current());
    add_tag(NodeKind::open_tag, tag, element);
    if (!tag.self_closing) open_.push_back({element, token});
  }

  // An unknown element that holds text and is never closed ends where the next one begins.
  bool is_unknown_leaf() const { return !current_rule() && open_.back().has_value; }

  void skip_too_deep(size_t token) {
    if (!depth_reported_) {
      tree_.issues.push_back({IssueKind::too_deep, tokens_[token].span, {}});
      depth_reported_ = true;
    }
    tree_.add(NodeKind::skipped, tokens_[token].span, current());
    if (!tokens_[token].tag->self_closing) ++skipped_open_;
  }

  void close_element(size_t token) {
    const ScannedTag& tag = *tokens_[token].tag;
    const std::string& name = tags_[token].name.name;
    if (skipped_open_ > 0) {
      --skipped_open_;
      tree_.add(NodeKind::skipped, tag.span, current());
      return;
    }
    const auto opener = std::find_if(open_.rbegin(), open_.rend(), [&](const Open& open) {
      return tags_[open.token].name.name == name;
    });
    if (opener != open_.rend()) {
      const auto depth = static_cast<size_t>(open_.rend() - opener);
      while (open_.size() > depth) close_implicitly(tag.span.begin);
      return finish(token);
    }
    if (is_meant_for_current()) {
      const ScannedTag& open_tag = *tokens_[open_.back().token].tag;
      tree_.issues.push_back({IssueKind::mismatched_close, tag.span, open_tag.span});
      return finish(token);
    }
    tree_.issues.push_back({IssueKind::stray_close, tag.span, {}});
    add_tag(NodeKind::stray_close, tag, current());
  }

  // A close tag of the wrong name right after a leaf's value is a slip of the pen.
  bool is_meant_for_current() const {
    if (open_.empty()) return false;
    const Open& top = open_.back();
    const ElementRule* rule = current_rule();
    const bool leaf = !rule || rule->form != ValueForm::elements;
    return leaf && top.has_value && !top.has_elements && !tags_[top.token].closes_later;
  }

  void finish(size_t token) {
    const ScannedTag& tag = *tokens_[token].tag;
    add_tag(NodeKind::close_tag, tag, current());
    tree_.nodes[current()].span.end = tag.span.end;
    open_.pop_back();
  }

  // Ends the innermost element at `offset` without a close tag.
  void close_implicitly(size_t offset) {
    const ScannedTag& tag = *tokens_[open_.back().token].tag;
    const size_t content_end = trim(tree_.text(), {tag.span.end, offset}).end;
    tree_.issues.push_back({IssueKind::unclosed, tag.span, {content_end, content_end}});
    tree_.nodes[current()].span.end = offset;
    open_.pop_back();
  }

  void add_tag(NodeKind kind, const ScannedTag& tag, NodeId parent) {
    const NodeId node = tree_.add(kind, tag.span, parent);
    size_t at = tag.span.begin;
    const auto add = [&](NodeKind part, TextSpan span, NodeId under) {
      if (at < span.begin) tree_.add(NodeKind::whitespace, {at, span.begin}, under);
      at = span.end;
      return tree_.add(part, span, under);
    };
    const size_t mark = tag.kind == ScannedTag::Kind::close ? 2 : 1;
    add(NodeKind::tag_punctuation, {at, at + mark}, node);
    add(NodeKind::name, tag.name, node);
    if (tag.illegal_name) tree_.issues.push_back({IssueKind::illegal_name, tag.name, {}});
    for (const ScannedAttribute& attribute : tag.attributes) {
      const NodeId whole =
          add(NodeKind::attribute, {attribute.name.begin, attribute.value.end}, node);
      at = attribute.name.begin;
      add(NodeKind::name, attribute.name, whole);
      add(NodeKind::tag_punctuation, attribute.equals, whole);
      add(NodeKind::attribute_value, attribute.value, whole);
    }
    const size_t end_mark = tag.self_closing ? 2 : 1;
    add(NodeKind::tag_punctuation, {tag.span.end - end_mark, tag.span.end}, node);
  }

  // --- text ---

  // Takes the text, comments and controls up to the next tag.
  size_t add_run(size_t begin) {
    size_t end = begin;
    const auto in_run = [](NodeKind kind) {
      return kind == NodeKind::text || kind == NodeKind::comment ||
             kind == NodeKind::weight_comment || kind == NodeKind::control;
    };
    while (end < tokens_.size() && in_run(tokens_[end].kind)) ++end;
    std::vector<MarkupToken> run(tokens_.begin() + static_cast<std::ptrdiff_t>(begin),
                                 tokens_.begin() + static_cast<std::ptrdiff_t>(end));
    if (is_structural()) run = split_residue(std::move(run), end == tokens_.size());
    add_content(run);
    return end;
  }

  // Between blocks: where wrappers and Markdown fences are.
  bool is_structural() const {
    return std::ranges::all_of(open_, [&](const Open& open) {
      const ElementRule* rule = tags_[open.token].name.rule;
      return rule && rule->place == Place::wrapper;
    });
  }

  // Splits code fence lines and the braces around a whole prompt off the text.
  std::vector<MarkupToken> split_residue(std::vector<MarkupToken> run, bool last) {
    std::vector<MarkupToken> out;
    const std::string_view text = tree_.text();
    const auto add = [&](NodeKind kind, size_t begin, size_t end) {
      if (begin < end) out.push_back({kind, {begin, end}, {}});
    };
    for (const MarkupToken& token : run) {
      if (token.kind != NodeKind::text) {
        out.push_back(token);
        continue;
      }
      size_t begin = token.span.begin;
      for (size_t line = begin; line < token.span.end;) {
        const size_t line_end = std::min(text.find('\n', line), token.span.end);
        const TextSpan content = trim(text, {line, line_end});
        if (content.of(text).starts_with("```")) {
          add(NodeKind::text, begin, content.begin);
          add(NodeKind::fence, content.begin, content.end);
          begin = content.end;
        }
        line = line_end + 1;
      }
      add(NodeKind::text, begin, token.span.end);
    }
    return split_braces(std::move(out), last);
  }

  std::vector<MarkupToken> split_braces(std::vector<MarkupToken> run, bool last) {
    std::vector<MarkupToken> out;
    const std::string_view text = tree_.text();
    for (size_t i = 0; i < run.size(); ++i) {
      const TextSpan content = trim(text, run[i].span);
      const bool is_text = run[i].kind == NodeKind::text && !content.empty();
      const bool opens = is_text && !seen_content_ && text[content.begin] == '{';
      const bool closes = is_text && brace_open_ && last && text[content.end - 1] == '}';
      if (is_text) seen_content_ = true;
      if (!opens && !closes) {
        out.push_back(run[i]);
        continue;
      }
      brace_open_ = opens;
      const size_t brace = opens ? content.begin : content.end - 1;
      if (run[i].span.begin < brace)
        out.push_back({NodeKind::text, {run[i].span.begin, brace}, {}});
      out.push_back({NodeKind::brace, {brace, brace + 1}, {}});
      if (brace + 1 < run[i].span.end) {
        out.push_back({NodeKind::text, {brace + 1, run[i].span.end}, {}});
      }
    }
    return out;
  }

  void add_content(std::span<const MarkupToken> run) {
    for (size_t i = 0; i < run.size();) {
      if (run[i].kind == NodeKind::fence || run[i].kind == NodeKind::brace) {
        tree_.add(run[i].kind, run[i].span, current()), ++i;
        continue;
      }
      size_t end = i;
      bool has_text = false;
      while (end < run.size() && run[end].kind != NodeKind::fence &&
             run[end].kind != NodeKind::brace) {
        has_text |= run[end].kind == NodeKind::text && !is_blank(run[end].span);
        ++end;
      }
      const std::span<const MarkupToken> part = run.subspan(i, end - i);
      has_text ? add_text_value(part) : add_blanks(part);
      i = end;
    }
  }

  bool is_blank(TextSpan span) const { return trim(tree_.text(), span).empty(); }

  void add_text_value(std::span<const MarkupToken> run) {
    if (!open_.empty()) open_.back().has_value = true;
    const ElementRule* rule = current_rule();
    const bool prose = is_structural() || (rule && rule->form == ValueForm::prose);
    add_value(tree_, current(), run, prose ? ValueMode::prose : ValueMode::tags, Dialect::xml,
              limits_);
  }

  void add_blanks(std::span<const MarkupToken> run) {
    for (const MarkupToken& token : run) {
      const NodeKind kind = token.kind == NodeKind::text ? NodeKind::whitespace : token.kind;
      tree_.add(kind, token.span, current());
    }
  }

  SyntaxTree& tree_;
  NodeId root_;
  TextSpan span_;
  const Limits& limits_;
  std::vector<MarkupToken> tokens_;
  std::vector<TagInfo> tags_;
  std::vector<Open> open_;
  size_t skipped_open_ = 0;
  bool depth_reported_ = false;
  bool seen_content_ = false;
  bool brace_open_ = false;
};

}  // namespace

void parse_xml(SyntaxTree& tree, NodeId parent, TextSpan span, const Limits& limits) {
  TreeBuilder(tree, parent, span, limits).build();
}

}  // namespace newbie::prompt
