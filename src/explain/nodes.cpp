#include "explain/nodes.h"

#include <algorithm>

namespace newbie::explain {
namespace {

using Kind = prompt::OwnedSpan::Kind;

/// A list or a text is one element without a name.
bool nameless(const prompt::OwnedSpan& span) {
  return span.kind == Kind::element && span.path.empty();
}

/// What stands between the tags of an element; "" when other elements do.
std::string enclosed(std::string_view element) {
  const size_t begin = element.find('>'), end = element.rfind("</");
  if (begin == element.npos || end == element.npos || begin >= end) return {};
  const std::string_view inner = element.substr(begin + 1, end - begin - 1);
  return inner.find('<') == inner.npos ? std::string(inner) : "";
}

Node node_of(const prompt::OwnedSpan& span, const std::string& caption) {
  Node node{.path = span.path, .label = {}, .character = span.character, .tokens = {}};
  if (span.kind == Kind::item) {
    node.kind = Node::Kind::tag;
    node.label = caption.substr(span.span.begin, span.span.size());
    return node;
  }
  if (span.kind == Kind::character) node.kind = Node::Kind::character;
  if (node.path.empty()) node.path = "prompt";
  node.label = node.path.substr(node.path.rfind('.') + 1);
  return node;
}

}  // namespace

std::string_view to_string(Node::Kind kind) {
  using enum Node::Kind;
  return kind == character ? "character" : kind == element ? "element" : "tag";
}

Questions questions_of(const prompt::CompiledText& text, const prompt::TokenMap& map, size_t tokens,
                       bool tags) {
  Questions questions{
      .nodes = {}, .tokens = tokens, .regions = text.regions, .caption = text.caption};
  const bool structured = std::ranges::any_of(text.spans, [](const prompt::OwnedSpan& span) {
    return span.kind != Kind::item && !nameless(span);
  });
  for (size_t s = 0; s < text.spans.size(); ++s) {
    const prompt::OwnedSpan& span = text.spans[s];
    const prompt::TokenRange range = map.spans[s];
    if (range.size() == 0 || range.begin >= tokens) continue;
    if (span.kind == Kind::item && structured && !tags) continue;
    Node node = node_of(span, text.caption);
    node.tokens = {range.begin, std::min(range.end, tokens)};
    if (node.kind == Node::Kind::element && !tags) {
      node.text =
          enclosed(std::string_view(text.caption).substr(span.span.begin, span.span.size()));
    }
    questions.nodes.push_back(std::move(node));
  }
  return questions;
}

}  // namespace newbie::explain
