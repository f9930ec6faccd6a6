#include "prompt/lint_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "prompt/scan.h"

namespace newbie::prompt {

Finding& Finding::related(TextSpan span, std::string message) {
  diagnostic_.related.push_back({tree_.source_span(span), std::move(message)});
  return *this;
}

Finding& Finding::safe_fix(std::string description) {
  diagnostic_.fixes.push_back({std::move(description), true, {}});
  return *this;
}

Finding& Finding::unsafe_fix(std::string description) {
  diagnostic_.fixes.push_back({std::move(description), false, {}});
  return *this;
}

Finding& Finding::edit(TextSpan span, std::string_view replacement) {
  std::vector<TextEdit>& edits = diagnostic_.fixes.back().edits;
  TextEdit added{tree_.source_span(span), tree_.source_spelling(span, replacement)};
  const auto at = std::ranges::upper_bound(edits, added.span.begin, {},
                                           [](const TextEdit& edit) { return edit.span.begin; });
  edits.insert(at, std::move(added));
  return *this;
}

LintContext::LintContext(const Parsed& parsed_prompt, const LintOptions& lint_options)
    : parsed(parsed_prompt),
      tree(parsed_prompt.tree),
      prompt(parsed_prompt.prompt),
      options(lint_options),
      locator_(parsed_prompt.source()) {
  const auto add = [&](const auto& self, const std::vector<Element>& elements,
                       const Element* parent, const Element* character) -> void {
    for (const Element& element : elements) {
      const Element* owner = element.character() > 0 ? &element : character;
      elements_.push_back({&element, parent, owner});
      if (element.character() > 0) characters_.push_back(&element);
      self(self, element.children, &element, owner);
    }
  };
  add(add, prompt.elements, nullptr, nullptr);
}

Finding LintContext::report(TextSpan span, std::string message) {
  diagnostics.push_back({current_rule->id,
                         current_rule->severity,
                         std::move(message),
                         tree.source_span(span),
                         {},
                         {}});
  return {tree, diagnostics.back()};
}

std::string LintContext::place(TextSpan span) const {
  const LineColumn at = locator_.locate(tree.source_span(span).begin);
  return fmt::format("{}:{}", at.line, at.column);
}

namespace {

bool is_blank(NodeKind kind) { return kind == NodeKind::whitespace; }
bool is_entry(NodeKind kind) { return kind == NodeKind::item || kind == NodeKind::group; }

bool is_only_entry(const SyntaxTree& tree, NodeId node) {
  bool alone = true;
  for (NodeId id = tree.node(tree.node(node).parent).first_child; id != kNoNode && alone;
       id = tree.node(id).next_sibling) {
    alone = id == node || !is_entry(tree.node(id).kind);
  }
  return alone;
}

NodeId skip_blank(const SyntaxTree& tree, NodeId id) {
  while (id != kNoNode && is_blank(tree.node(id).kind)) id = tree.node(id).next_sibling;
  return id;
}

// The separator before `node` with nothing but blanks between.
NodeId separator_before(const SyntaxTree& tree, NodeId node) {
  NodeId separator = kNoNode;
  for (NodeId id = tree.node(tree.node(node).parent).first_child; id != node;
       id = tree.node(id).next_sibling) {
    if (tree.node(id).kind == NodeKind::separator) {
      separator = id;
    } else if (!is_blank(tree.node(id).kind)) {
      separator = kNoNode;
    }
  }
  return separator;
}

}  // namespace

TextSpan LintContext::removal(const Item& item) const {
  return item.node == kNoNode ? item.span : removal_from_list(item.node);
}

TextSpan LintContext::removal_from_list(NodeId node) const {
  while (tree.node(tree.node(node).parent).kind == NodeKind::group && is_only_entry(tree, node)) {
    node = tree.node(node).parent;
  }
  TextSpan span = tree.node(node).span;
  const NodeId after = skip_blank(tree, tree.node(node).next_sibling);
  if (after != kNoNode && tree.node(after).kind == NodeKind::separator) {
    const NodeId next = skip_blank(tree, tree.node(after).next_sibling);
    span.end = next == kNoNode ? tree.node(after).span.end : tree.node(next).span.begin;
    return span;
  }
  const NodeId before = separator_before(tree, node);
  if (before != kNoNode) span.begin = tree.node(before).span.begin;
  return span;
}

TextSpan LintContext::removal(TextSpan span) const {
  const std::string_view all = tree.text();
  TextSpan wide = span;
  const auto blank = [&](size_t i) { return all[i] == ' ' || all[i] == '\t' || all[i] == '\r'; };
  while (wide.begin > 0 && blank(wide.begin - 1)) --wide.begin;
  while (wide.end < all.size() && blank(wide.end)) ++wide.end;
  // Strings decoded from JSON end with a zero byte.
  const bool begins = wide.begin == 0 || all[wide.begin - 1] == '\n' || all[wide.begin - 1] == '\0';
  const bool ends = wide.end == all.size() || all[wide.end] == '\n' || all[wide.end] == '\0';
  if (!begins || !ends) return span;
  if (wide.end < all.size() && all[wide.end] == '\n') {
    ++wide.end;
  } else {
    // The last line goes with the blank lines before it.
    while (wide.begin > 0 && is_space(all[wide.begin - 1])) --wide.begin;
  }
  // In a JSON prompt the text goes on behind the source, with something else.
  const size_t source_size = parsed.source().size();
  return wide.begin < source_size && span.begin >= source_size ? span : wide;
}

std::pair<size_t, std::string_view> LintContext::append_place(const Element& element) const {
  const TextSpan value = trim(tree.text(), element.value_span);
  if (value.empty()) return {value.begin, ""};
  const bool has_comma = text(value).ends_with(',');
  const bool prose = element.form() == ValueForm::prose;
  return {value.end, prose || has_comma ? " " : ", "};
}

TextSpan LintContext::open_tag(const Element& element) const {
  const NodeId tag = tree.child(element.node, NodeKind::open_tag);
  return tag == kNoNode ? TextSpan{element.span.begin, element.span.begin} : tree.node(tag).span;
}

TextSpan LintContext::close_tag(const Element& element) const {
  const NodeId tag = tree.child(element.node, NodeKind::close_tag);
  return tag == kNoNode ? TextSpan{element.span.end, element.span.end} : tree.node(tag).span;
}

std::vector<TextSpan> LintContext::name_spans(const Element& element) const {
  std::vector<TextSpan> out;
  for (NodeKind kind : {NodeKind::open_tag, NodeKind::close_tag}) {
    const NodeId tag = tree.child(element.node, kind);
    if (tag != kNoNode) out.push_back(tree.node(tree.child(tag, NodeKind::name)).span);
  }
  return out;
}

void LintContext::add_tag(Finding& finding, const Element& block, std::string_view child,
                          std::string_view tag) const {
  const Element* element = block.child(child);
  if (element && tree.child(element->node, NodeKind::close_tag) != kNoNode) {
    const auto [offset, separator] = append_place(*element);
    finding.edit({offset, offset}, std::string(separator) + std::string(tag));
    return;
  }
  const size_t offset = close_tag(block).begin;
  finding.edit({offset, offset}, fmt::format("<{0}>{1}</{0}>\n", child, tag));
}

std::string quote(std::string_view text) {
  constexpr size_t kLongest = 40;
  std::string out = "`";
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) {
    const utf8::Decoded c = utf8::decode(text, i);
    if (count == kLongest) {
      out += "…";
      break;
    }
    utf8::append(out, c.code_point < 0x20 || c.code_point == 0x7F ? U' ' : c.code_point);
    i += c.length;
  }
  return out + "`";
}

std::string plural(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string tag_form(std::string_view item) {
  std::string out = to_lower(trim(item));
  std::ranges::replace(out, ' ', '_');
  return out;
}

std::vector<Placeholder> find_placeholders(std::string_view text) {
  constexpr std::string_view kOpen = "$character_";
  std::vector<Placeholder> out;
  for (size_t at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at + 1)) {
    int number = 0;
    const char* begin = text.data() + at + kOpen.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
    if (error != std::errc{} || end == text.data() + text.size() || *end != '$' || number < 1)
      continue;
    out.push_back({number, {at, static_cast<size_t>(end - text.data()) + 1}});
  }
  return out;
}

}  // namespace newbie::prompt
