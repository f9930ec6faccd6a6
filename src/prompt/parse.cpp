#include "prompt/parse.h"

#include <algorithm>

#include "prompt/detect.h"
#include "prompt/lower.h"
#include "prompt/markup.h"
#include "prompt/parse_json.h"
#include "prompt/parse_value.h"
#include "prompt/parse_xml.h"

namespace newbie::prompt {

namespace {

// Tag lists and natural language: one value, with blanks around it.
void parse_plain(SyntaxTree& tree, TextSpan span, const Limits& limits) {
  const TextSpan content = trim(tree.text(), span);
  if (span.begin < content.begin) tree.add(NodeKind::whitespace, {span.begin, content.begin}, 0);
  if (!content.empty()) {
    const std::vector<MarkupToken> tokens =
        scan_markup(tree.text(), content, Dialect::plain, limits, tree.issues);
    const ValueMode mode = tree.kind == InputKind::tags ? ValueMode::tags : ValueMode::prose;
    add_value(tree, 0, tokens, mode, Dialect::plain, limits);
  }
  if (content.end < span.end) tree.add(NodeKind::whitespace, {content.end, span.end}, 0);
}

// A JSON object may come in a code fence; XML finds its fences itself.
TextSpan add_json_fences(SyntaxTree& tree, TextSpan span) {
  const std::string_view source = tree.source();
  const TextSpan content = trim(source, span);
  if (!content.of(source).starts_with("```")) return span;
  const size_t line = std::min(source.find('\n', content.begin), content.end);
  if (span.begin < content.begin) tree.add(NodeKind::whitespace, {span.begin, content.begin}, 0);
  tree.add(NodeKind::fence, {content.begin, line}, 0);
  const size_t last = source.rfind("```");
  return {line, last > line && last < content.end ? last : span.end};
}

void parse_json(SyntaxTree& tree, TextSpan span, const Limits& limits) {
  const TextSpan object = add_json_fences(tree, span);
  if (!object.empty()) parse_json_prompt(tree, 0, object, limits);
  if (object.end == span.end) return;
  const TextSpan fence = trim(tree.source(), {object.end, span.end});
  tree.add(NodeKind::fence, fence, 0);
  if (fence.end < span.end) tree.add(NodeKind::whitespace, {fence.end, span.end}, 0);
}

}  // namespace

Parsed parse(std::string source, const ParseOptions& options) {
  Parsed parsed{SyntaxTree(std::move(source)), {}};
  SyntaxTree& tree = parsed.tree;
  const size_t size = tree.source().size();
  if (size > options.limits.bytes) {
    tree.kind = options.kind == InputKind::automatic ? InputKind::text : options.kind;
    tree.issues.push_back({IssueKind::too_large, {options.limits.bytes, size}, {}});
    tree.add(NodeKind::skipped, {0, size}, 0);
    parsed.prompt.kind = tree.kind;
    return parsed;
  }
  tree.kind = options.kind == InputKind::automatic ? detect_kind(tree.source()) : options.kind;
  const size_t prefix = system_prefix_length(tree.source());
  if (prefix > 0) tree.add(NodeKind::system_prefix, {0, prefix}, 0);
  const TextSpan body{prefix, size};
  if (!body.empty()) {
    switch (tree.kind) {
      case InputKind::xml:
        parse_xml(tree, 0, body, options.limits);
        break;
      case InputKind::json:
        parse_json(tree, body, options.limits);
        break;
      default:
        parse_plain(tree, body, options.limits);
    }
  }
  parsed.prompt = lower(tree);
  return parsed;
}

}  // namespace newbie::prompt
