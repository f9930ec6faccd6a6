#pragma once
/// What the rule functions share: the prompt flattened, reporting, and the building of fixes.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text_span.h"
#include "prompt/lint.h"
#include "prompt/locator.h"
#include "prompt/rules.h"

namespace newbie::prompt {

/// An element with the block it is in.
struct Placed {
  const Element* element;
  const Element* parent;     ///< nullptr at the top
  const Element* character;  ///< nullptr outside character blocks
};

/// A finding under construction. Spans are given in SyntaxTree::text() and led into the source.
class Finding {
 public:
  Finding(const SyntaxTree& tree, Diagnostic& diagnostic) : tree_(tree), diagnostic_(diagnostic) {}

  Finding& related(TextSpan span, std::string message);
  /// Starts a fix; `edit` adds to the last one.
  Finding& safe_fix(std::string description);
  Finding& unsafe_fix(std::string description);
  Finding& edit(TextSpan span, std::string_view replacement);

 private:
  const SyntaxTree& tree_;
  Diagnostic& diagnostic_;
};

class LintContext {
 public:
  LintContext(const Parsed& parsed, const LintOptions& options);

  const Parsed& parsed;
  const SyntaxTree& tree;
  const Prompt& prompt;
  const LintOptions& options;
  /// Every element, parents first.
  const std::vector<Placed>& elements() const { return elements_; }
  const std::vector<const Element*>& characters() const { return characters_; }
  /// True for XML and JSON prompts.
  bool structured() const {
    return prompt.kind == InputKind::xml || prompt.kind == InputKind::json;
  }

  /// A finding of the rule that is being run.
  Finding report(TextSpan span, std::string message);

  /// `3:5`, where a span begins in the source.
  std::string place(TextSpan span) const;
  std::string_view text(TextSpan span) const { return tree.text(span); }

  /// The bytes to delete with a tag so that no comma is left over.
  TextSpan removal(const Item& item) const;
  TextSpan removal_from_list(NodeId entry) const;
  /// The bytes to delete with something that may fill its lines, so that no blank line is left
  /// over.
  TextSpan removal(TextSpan span) const;
  /// Where a tag of `element` would be appended, and what must stand in front of it.
  std::pair<size_t, std::string_view> append_place(const Element& element) const;
  /// The name as written in the open and close tags.
  std::vector<TextSpan> name_spans(const Element& element) const;
  TextSpan open_tag(const Element& element) const;
  TextSpan close_tag(const Element& element) const;
  /// Adds edits that put `tag` into a child of `block`, which is made when it is missing.
  void add_tag(Finding& finding, const Element& block, std::string_view child,
               std::string_view tag) const;

  const Rule* current_rule = nullptr;
  std::vector<Diagnostic> diagnostics;

 private:
  Locator locator_;
  std::vector<Placed> elements_;
  std::vector<const Element*> characters_;
};

/// At most 40 characters, in backquotes; control characters and line breaks become blanks.
std::string quote(std::string_view text);

/// `1 figure`, `2 figures`.
std::string plural(size_t count, std::string_view noun);

/// Lower case, blanks to underscores: how items are compared.
std::string tag_form(std::string_view item);

/// The number of N in `$character_N$` at `offset`, 0 when there is none.
struct Placeholder {
  int number = 0;
  TextSpan span;
};
/// Every `$character_N$` in a text.
std::vector<Placeholder> find_placeholders(std::string_view text);

}  // namespace newbie::prompt
