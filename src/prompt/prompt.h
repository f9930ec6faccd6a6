#pragma once
/// The meaning of a prompt: blocks, elements, items and weights, each with its place in the source.
/// Spans are in SyntaxTree::text() of the tree it was read from; hand-made prompts leave them
/// empty.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"
#include "prompt/schema.h"
#include "prompt/tree.h"

namespace newbie::prompt {

/// A weighted part of an item's text; ranges of one item never overlap and ascend.
struct WeightRange {
  TextSpan range;
  double weight = 1;
  bool operator==(const WeightRange&) const = default;
};

/// One tag, or the whole prose of a caption. `text` holds no weight symbols, entities or escapes.
struct Item {
  std::string text;
  double weight = 1;                ///< of the whole item, 0..2, nested groups multiplied
  std::vector<WeightRange> ranges;  ///< further factors inside `text`
  TextSpan span;                    ///< without group brackets
  NodeId node = kNoNode;            ///< of a tag; prose may span several nodes

  /// Spans and nodes are not compared.
  bool operator==(const Item& other) const {
    return text == other.text && weight == other.weight && ranges == other.ranges;
  }
};

/// A character's region: thousandths of width and height.
struct Box {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  bool operator==(const Box&) const = default;
};

struct Attribute {
  std::string name;
  std::string value;
  TextSpan span;
  bool operator==(const Attribute& other) const {
    return name == other.name && value == other.value;
  }
};

struct Element {
  std::string name;  ///< canonical ("character_1", "appearance"); "" for loose text
  const ElementRule* rule = nullptr;  ///< nullptr for unknown elements and loose text
  double weight = 1;                  ///< of everything inside, from attribute or comment
  std::optional<Box> box;             ///< characters only, when well formed
  TextSpan box_span;                  ///< the box as written, also when malformed
  std::vector<Item> items;            ///< a leaf's value
  std::vector<Element> children;
  std::vector<Attribute> attributes;       ///< `id`, `note` and unknown ones; never sent
  ValueForm loose_form = ValueForm::tags;  ///< of an element without a rule: loose text is prose
  bool from_prefix = false;                ///< a `<style>` written before the root
  NodeId node = kNoNode;
  TextSpan span;        ///< from open tag to close tag
  TextSpan value_span;  ///< between the tags

  /// Only what is listed above `loose_form` is compared, without spans.
  bool operator==(const Element& other) const;

  ValueForm form() const { return rule ? rule->form : loose_form; }
  int character() const { return character_number(name); }
  const Element* child(std::string_view child_name) const;
  Element* child(std::string_view child_name);
};

/// A whole prompt. XML and JSON prompts have named top elements; a tag list or a text is one
/// element without a name.
struct Prompt {
  InputKind kind = InputKind::xml;
  std::string system_prefix;  ///< a system prompt found in the text, with `<Prompt Start>`, trimmed
  TextSpan system_span;
  std::vector<Element> elements;  ///< as written (read) or in canonical order (canonicalize)

  /// Spans are not compared.
  bool operator==(const Prompt& other) const {
    return kind == other.kind && system_prefix == other.system_prefix && elements == other.elements;
  }

  const Element* find(std::string_view name) const;
  Element* find(std::string_view name);
  /// Pointers to the character blocks, in order of appearance.
  std::vector<const Element*> characters() const;
};

/// An element with no children and these items; `name` is looked up in `place`.
Element make_element(std::string_view name, Place place, std::vector<std::string> items = {});

/// Calls `visit(element, parent)` for every element, parents first; `parent` is nullptr at the top.
template <class Visit>
void for_each_element(const std::vector<Element>& elements, Visit&& visit,
                      const Element* parent = nullptr) {
  for (const Element& element : elements) {
    visit(element, parent);
    for_each_element(element.children, visit, &element);
  }
}

}  // namespace newbie::prompt
