#pragma once
/// The lossless syntax tree of one prompt: every byte of the source is in exactly one leaf.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"

namespace newbie::prompt {

/// How the text was read.
enum class InputKind { automatic, xml, tags, text, json };

std::string_view to_string(InputKind kind);

enum class NodeKind : uint8_t {
  document,       ///< the root
  system_prefix,  ///< text up to and including the last leading `<Prompt Start>` and its separator
  declaration,    ///< `<?xml ... ?>` or another processing instruction
  doctype,        ///< `<!DOCTYPE ...>` or `<!ENTITY ...>`: refused
  brace,          ///< `{` or `}` around the whole prompt
  fence,          ///< a Markdown code fence line around the prompt
  element,        ///< open_tag, content, close_tag (either tag may be missing)
  open_tag,       ///< `<name attribute="value">`, also self-closing
  close_tag,      ///< `</name>`
  stray_close,    ///< a close tag that closes nothing
  tag_punctuation,  ///< `<`, `</`, `>`, `/>`, `=`
  name,             ///< of an element or attribute
  attribute,        ///< name, `=`, attribute_value
  attribute_value,  ///< with its quotes
  comment,          ///< `<!-- ... -->`, a note
  weight_comment,   ///< `<!-- weight:0.6 -->`
  control,          ///< `<lora:...>` and other programs' controls
  whitespace,       ///< between elements, around items and inside tags
  value,      ///< the content of a leaf element, or loose text: items, separators, comments, groups
  item,       ///< one tag or one stretch of prose; its children are texts, entities and groups
  separator,  ///< a comma with its blanks, or a line break between items
  group,      ///< `(items:number)`: group_open, items, group_close
  group_open,   ///< `(`
  group_close,  ///< `:1.2)`
  text,         ///< plain characters
  entity,       ///< `&amp;`, `&#65;`
  escape,       ///< a backslash that makes the next character literal, with that character
  stray,        ///< a `<`, `>` or `&` that is read literally
  json_object,
  json_array,
  json_member,
  json_key,
  json_string,
  json_scalar,       ///< number, true, false, null
  json_punctuation,  ///< `{`, `}`, `[`, `]`, `:`, `,`
  skipped,           ///< beyond the limits, not looked at
};

std::string_view to_string(NodeKind kind);

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

struct Node {
  NodeKind kind;
  TextSpan span;  ///< in SyntaxTree::text()
  NodeId parent = kNoNode;
  NodeId first_child = kNoNode;
  NodeId last_child = kNoNode;
  NodeId next_sibling = kNoNode;
};

/// What the parser noticed; the rules in lint_*.cpp turn these into diagnostics.
enum class IssueKind : uint8_t {
  unclosed,               ///< span: open tag; related: where it should have been closed
  mismatched_close,       ///< span: close tag; related: the open tag it meets
  stray_close,            ///< span: close tag
  illegal_name,           ///< span: the name as written
  stray_markup,           ///< span: the character
  unknown_entity,         ///< span: the reference
  doctype,                ///< span: the declaration; related: the same when it has no end
  unterminated,           ///< span: the start of a comment, tag or string without its end
  weight_without_target,  ///< span: the comment
  missing_comma,          ///< span: from the comment to the item after it; related: the item before
  bad_weight,             ///< span: the number
  too_deep,               ///< span: the element
  too_many_elements,      ///< span: the first element too many
  too_large,              ///< span: the first byte too many, to the end
  bad_json,               ///< span: the place
};

struct Issue {
  IssueKind kind;
  TextSpan span;     ///< in SyntaxTree::text()
  TextSpan related;  ///< empty when there is none
};

/// Owns the source. Node 0 is the document. The children of a node tile its span without gaps,
/// except that the content of a json_string lies in its decoded form.
///
/// JSON prompts hold XML inside string literals. That XML is parsed from its decoded form, which is
/// appended to text() behind the source; source_span() leads every span back into the source. For
/// the other kinds text() is the source and source_span() changes nothing.
class SyntaxTree {
 public:
  InputKind kind = InputKind::xml;
  std::vector<Node> nodes;
  std::vector<Issue> issues;

  explicit SyntaxTree(std::string source);

  std::string_view source() const { return std::string_view(text_).substr(0, source_size_); }
  std::string_view text() const { return text_; }
  std::string_view text(TextSpan span) const { return span.of(text_); }
  std::string_view text(NodeId id) const { return nodes[id].span.of(text_); }
  const Node& node(NodeId id) const { return nodes[id]; }

  /// The source bytes a span of text() stands for.
  TextSpan source_span(TextSpan span) const;
  /// `replacement` as it must be written at that place of the source (JSON strings escape it).
  std::string source_spelling(TextSpan span, std::string_view replacement) const;

  /// First child of `id` of that kind, kNoNode when there is none.
  NodeId child(NodeId id, NodeKind kind) const;
  /// The name written in an element's open tag (its close tag when there is no open tag).
  std::string_view element_name(NodeId element) const;

  // Building, for the parser.
  NodeId add(NodeKind kind, TextSpan span, NodeId parent);
  /// Appends a decoded string literal; `offsets[i]` is the source offset of its byte i, with one
  /// more entry for its end. Returns where it begins in text().
  size_t add_decoded(std::string_view decoded, std::vector<size_t> offsets);

 private:
  struct Decoded {
    size_t begin;
    std::vector<size_t> offsets;
  };
  std::string text_;
  size_t source_size_;
  std::vector<Decoded> decoded_;
};

/// Calls `visit(id)` for the children of `id`, in order.
template <class Visit>
void for_each_child(const SyntaxTree& tree, NodeId id, Visit&& visit) {
  for (NodeId child = tree.nodes[id].first_child; child != kNoNode;
       child = tree.nodes[child].next_sibling) {
    visit(child);
  }
}

}  // namespace newbie::prompt
