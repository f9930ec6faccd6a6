#pragma once
/// The seven layouts.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"
#include "prompt/prompt.h"

namespace newbie::prompt {

enum class Layout {
  canonical,  ///< what training saw, as far as is known
  readme,     ///< the model card: two blanks before every line
  builder,    ///< `<image>`, indented, caption first
  oneline,    ///< canonical without line breaks
  img,        ///< `<img>`, one blank per level
  json,       ///< the ComfyUI template's object
  raw,        ///< bytes as typed
};

std::string_view to_string(Layout layout);
std::optional<Layout> layout_from_string(std::string_view name);

/// How weights and characters with a meaning of their own are written.
enum class Notation {
  source,    ///< `(x:0.6)`, `weight="0.6"`, entities and backslashes where needed: can be parsed
             ///< again
  compiled,  ///< literally, without weights: what a text encoder reads
};

/// Which part of the prompt a stretch of printed text came from.
struct PrintedSpan {
  enum class Kind { character, element, item, range } kind;  ///< range: a weighted part of an item
  std::vector<size_t> path;  ///< indices into elements and children, from the top
  size_t item = 0;  ///< index in the element's items (item), in the last item's ranges (range)
  TextSpan span;    ///< element: from its open tag to its close tag; item: its text
  TextSpan value;   ///< element: between its tags; item: its text
};

struct Printed {
  std::string text;
  std::vector<PrintedSpan> spans;  ///< outer before inner, ascending
};

/// Writes a canonical prompt. Layout raw is the caller's business (it needs the source) and prints
/// canonical. The system prefix is not printed.
Printed print_with_spans(const Prompt& prompt, Layout layout, Notation notation = Notation::source);
std::string print(const Prompt& prompt, Layout layout = Layout::canonical,
                  Notation notation = Notation::source);

}  // namespace newbie::prompt
