#include "prompt/tree.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace newbie::prompt {

std::string_view to_string(InputKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"auto", "xml", "tags", "text", "json"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view to_string(NodeKind kind) {
  constexpr std::array<std::string_view, 36> kNames{
      "document",        "system_prefix", "declaration", "doctype",         "brace",
      "fence",           "element",       "open_tag",    "close_tag",       "stray_close",
      "tag_punctuation", "name",          "attribute",   "attribute_value", "comment",
      "weight_comment",  "control",       "whitespace",  "value",           "item",
      "separator",       "group",         "group_open",  "group_close",     "text",
      "entity",          "escape",        "stray",       "json_object",     "json_array",
      "json_member",     "json_key",      "json_string", "json_scalar",     "json_punctuation",
      "skipped"};
  return kNames[static_cast<size_t>(kind)];
}

SyntaxTree::SyntaxTree(std::string source) : text_(std::move(source)), source_size_(text_.size()) {
  nodes.push_back({NodeKind::document, {0, source_size_}});
}

NodeId SyntaxTree::add(NodeKind kind_, TextSpan span, NodeId parent) {
  const auto id = static_cast<NodeId>(nodes.size());
  nodes.push_back({kind_, span, parent});
  Node& above = nodes[parent];
  if (above.last_child == kNoNode) {
    above.first_child = id;
  } else {
    nodes[above.last_child].next_sibling = id;
  }
  above.last_child = id;
  return id;
}

size_t SyntaxTree::add_decoded(std::string_view decoded, std::vector<size_t> offsets) {
  check(offsets.size() == decoded.size() + 1,
        "a decoded string needs an offset per byte and one more");
  const size_t begin = text_.size();
  text_ += decoded;
  // The end of one string is not the beginning of the next, nor a blank before it.
  text_ += '\0';
  decoded_.push_back({begin, std::move(offsets)});
  return begin;
}

TextSpan SyntaxTree::source_span(TextSpan span) const {
  if (span.begin < source_size_ || decoded_.empty()) return span;
  const auto after = std::ranges::upper_bound(decoded_, span.begin, {}, &Decoded::begin);
  if (after == decoded_.begin()) return span;
  const Decoded& from = *std::prev(after);
  const auto map = [&](size_t offset) {
    return from.offsets[std::min(offset - from.begin, from.offsets.size() - 1)];
  };
  return {map(span.begin), map(std::max(span.begin, span.end))};
}

std::string SyntaxTree::source_spelling(TextSpan span, std::string_view replacement) const {
  if (span.begin < source_size_ || decoded_.empty()) return std::string(replacement);
  std::string out;
  for (char c : replacement) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c != '\r') {
      out += c;
    }
  }
  return out;
}

NodeId SyntaxTree::child(NodeId id, NodeKind wanted) const {
  NodeId at = id == kNoNode ? kNoNode : nodes[id].first_child;
  while (at != kNoNode && nodes[at].kind != wanted) at = nodes[at].next_sibling;
  return at;
}

std::string_view SyntaxTree::element_name(NodeId element) const {
  for (NodeKind tag : {NodeKind::open_tag, NodeKind::close_tag}) {
    const NodeId id = child(element, tag);
    if (id == kNoNode) continue;
    const NodeId name = child(id, NodeKind::name);
    if (name != kNoNode) return text(name);
  }
  return {};
}

}  // namespace newbie::prompt
