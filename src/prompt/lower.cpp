#include "prompt/lower.h"

#include <algorithm>
#include <array>
#include <set>

#include "prompt/lower_value.h"
#include "prompt/parse_json.h"
#include "prompt/scan.h"
#include "prompt/system_prompt.h"

namespace newbie::prompt {

namespace {

TextSpan unquoted(std::string_view text, TextSpan span) {
  const char first = span.empty() ? '\0' : text[span.begin];
  if (span.size() >= 2 && (first == '"' || first == '\'')) return {span.begin + 1, span.end - 1};
  return span;
}

std::string decode_entities(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const ScannedEntity entity =
        text[i] == '&' ? scan_entity(text, i, text.size()) : ScannedEntity{};
    if (entity.length > 0 && !entity.text.empty()) {
      out += entity.text;
      i += entity.length;
    } else {
      out += text[i++];
    }
  }
  return out;
}

class Lowering {
 public:
  explicit Lowering(SyntaxTree& tree) : tree_(tree) { prompt_.kind = tree.kind; }

  Prompt run() {
    read_system_prefix();
    switch (tree_.kind) {
      case InputKind::xml:
        lower_content(0, nullptr, prompt_.elements);
        break;
      case InputKind::json:
        lower_json();
        break;
      default:
        lower_plain();
    }
    mark_style_prefix();
    number_characters();
    return std::move(prompt_);
  }

 private:
  void read_system_prefix() {
    const NodeId id = tree_.child(0, NodeKind::system_prefix);
    if (id == kNoNode) return;
    const std::string_view prefix = tree_.text(id);
    prompt_.system_span = tree_.node(id).span;
    prompt_.system_prefix = trim(prefix.substr(0, prefix.find(kPromptStart) + kPromptStart.size()));
  }

  void lower_plain() {
    const NodeId value = tree_.child(0, NodeKind::value);
    if (value == kNoNode) return;
    Element element;
    element.node = value;
    element.span = element.value_span = tree_.node(value).span;
    const bool is_prose = tree_.kind == InputKind::text;
    element.loose_form = is_prose ? ValueForm::prose : ValueForm::tags;
    PendingWeight pending;
    lower_value(tree_, value, is_prose, Blanks::keep, pending, element.items);
    report_unbound(pending);
    if (!element.items.empty()) prompt_.elements.push_back(std::move(element));
  }

  // --- XML ---

  // The content of `parent` (a wrapper, an element, the document) becomes elements of `out`, and
  // items of `owner` when there is one.
  void lower_content(NodeId parent, Element* owner, std::vector<Element>& out) {
    PendingWeight pending;
    lower_content(parent, owner, out, pending);
    report_unbound(pending);
  }

  void lower_content(NodeId parent, Element* owner, std::vector<Element>& out,
                     PendingWeight& pending) {
    for (NodeId id = tree_.node(parent).first_child; id != kNoNode;
         id = tree_.node(id).next_sibling) {
      switch (tree_.node(id).kind) {
        case NodeKind::weight_comment:
          read_weight(tree_, id, pending);
          break;
        case NodeKind::element:
          lower_element(id, owner, out, pending);
          break;
        case NodeKind::value:
          lower_text(id, owner, out, pending);
          break;
        default:
          break;
      }
    }
  }

  void report_unbound(const PendingWeight& pending) {
    if (pending.comment) {
      tree_.issues.push_back({IssueKind::weight_without_target, *pending.comment, {}});
    }
  }

  void lower_text(NodeId id, Element* owner, std::vector<Element>& out, PendingWeight& pending) {
    const bool holds_values = owner && owner->form() != ValueForm::elements;
    if (holds_values) {
      const bool prose = owner->form() == ValueForm::prose;
      return lower_value(tree_, id, prose, Blanks::collapse, pending, owner->items);
    }
    Element loose;
    loose.node = id;
    loose.loose_form = owner ? ValueForm::tags : ValueForm::prose;
    loose.span = loose.value_span = tree_.node(id).span;
    lower_value(tree_, id, owner == nullptr, Blanks::collapse, pending, loose.items);
    if (!loose.items.empty()) out.push_back(std::move(loose));
  }

  void lower_element(NodeId id, Element* owner, std::vector<Element>& out, PendingWeight& pending) {
    const ResolvedName name = resolve_name(tree_.element_name(id), owner ? owner->name : "");
    Element element;
    element.name = name.name;
    element.rule = name.rule;
    element.node = id;
    element.span = tree_.node(id).span;
    element.value_span = content_span(id);
    element.weight = pending.take();
    read_attributes(id, element);
    const bool wrapper = !owner && name.rule && name.rule->place == Place::wrapper;
    if (!wrapper) {
      lower_content(id, &element, element.children);
      out.push_back(std::move(element));
      return;
    }
    std::vector<Element> inside;
    lower_content(id, nullptr, inside);
    for (Element& inner : inside) {
      inner.weight *= element.weight;
      out.push_back(std::move(inner));
    }
  }

  TextSpan content_span(NodeId id) const {
    TextSpan span = tree_.node(id).span;
    const NodeId open = tree_.child(id, NodeKind::open_tag);
    const NodeId close = tree_.child(id, NodeKind::close_tag);
    if (open != kNoNode) span.begin = tree_.node(open).span.end;
    if (close != kNoNode) span.end = tree_.node(close).span.begin;
    return {span.begin, std::max(span.begin, span.end)};
  }

  void read_attributes(NodeId id, Element& element) {
    const NodeId tag = tree_.child(id, NodeKind::open_tag);
    if (tag == kNoNode) return;
    for_each_child(tree_, tag, [&](NodeId child) {
      if (tree_.node(child).kind == NodeKind::attribute) read_attribute(child, element);
    });
  }

  void read_attribute(NodeId id, Element& element) {
    const std::string name = to_lower(tree_.text(tree_.child(id, NodeKind::name)));
    const TextSpan value =
        unquoted(tree_.text(), tree_.node(tree_.child(id, NodeKind::attribute_value)).span);
    const std::string text = decode_entities(tree_.text(value));
    if (name == "weight") {
      const std::optional<double> weight = parse_number(trim(text));
      if (!weight || *weight < 0 || *weight > 2) {
        tree_.issues.push_back({IssueKind::bad_weight, value, {}});
      }
      element.weight *= weight.value_or(1);
    } else if (name == "bbox" && element.rule && element.rule->name == "character") {
      element.box_span = value;
      element.box = parse_box(text);
    } else {
      element.attributes.push_back({name, text, tree_.node(id).span});
    }
  }

  // A style before everything else is the prefix that builder nodes and adapters write.
  void mark_style_prefix() {
    for (Element& element : prompt_.elements) {
      if (element.name != "style") return;
      element.from_prefix = true;
    }
  }

  void number_characters() {
    std::set<int> used;
    const auto collect = [&](const Element& element, const Element*) {
      used.insert(element.character());
    };
    for_each_element(prompt_.elements, collect);
    int next = 1;
    number_characters(prompt_.elements, used, next);
  }

  static void number_characters(std::vector<Element>& elements, std::set<int>& used, int& next) {
    for (Element& element : elements) {
      if (element.name == "character") {
        while (used.contains(next)) ++next;
        used.insert(next);
        element.name = "character_" + std::to_string(next);
      }
      number_characters(element.children, used, next);
    }
  }

  // --- JSON ---

  struct Declared {
    std::string key;
    Element element;  ///< its box and `n`
  };

  void lower_json() {
    const NodeId object = tree_.child(0, NodeKind::json_object);
    if (object == kNoNode) return;
    std::vector<Declared> declared;
    for_each_member(object, [&](const std::string& key, NodeId value) {
      if (character_number(key) > 0) declared.push_back({key, declared_character(key, value)});
      lower_image_member(key, value);
      if (key != "image") return;
      for_each_member(value, [&](const std::string& inner, NodeId inner_value) {
        lower_image_member(inner, inner_value);
      });
    });
    for (Declared& one : declared) merge_declared(std::move(one));
  }

  template <class Visit>
  void for_each_member(NodeId object, Visit&& visit) {
    if (tree_.node(object).kind != NodeKind::json_object) return;
    for (NodeId id = tree_.node(object).first_child; id != kNoNode;
         id = tree_.node(id).next_sibling) {
      if (tree_.node(id).kind != NodeKind::json_member) continue;
      const NodeId key = tree_.child(id, NodeKind::json_key);
      const NodeId value = tree_.node(id).last_child;
      if (key == kNoNode || value == key) continue;
      std::vector<size_t> offsets;
      visit(decode_json_string(tree_.text(key), offsets), value);
    }
  }

  void lower_image_member(const std::string& key, NodeId value) {
    if (tree_.node(value).kind != NodeKind::json_string) return;
    if (key == "caption") {
      Element caption = make_element("caption", Place::top);
      caption.node = value;
      PendingWeight pending;
      lower_json_value(value, true, pending, caption);
      if (!caption.items.empty()) prompt_.elements.push_back(std::move(caption));
    }
    if (key == "tags") lower_content(value, nullptr, prompt_.elements);
  }

  void lower_json_value(NodeId string, bool prose, PendingWeight& pending, Element& element) {
    const NodeId value = tree_.child(string, NodeKind::value);
    if (value == kNoNode) return;
    element.span = element.value_span = tree_.node(value).span;
    lower_value(tree_, value, prose, Blanks::collapse, pending, element.items);
    report_unbound(pending);
  }

  Element declared_character(const std::string& key, NodeId value) {
    Element character = make_element(key, Place::top);
    character.node = value;
    character.span = character.value_span = tree_.node(value).span;
    for_each_member(value, [&](const std::string& inner, NodeId inner_value) {
      if (inner == "bbox") {
        character.box_span = unquoted(tree_.text(), tree_.node(inner_value).span);
        std::string text(tree_.text(inner_value));
        std::erase_if(text, [](char c) { return c == '[' || c == ']' || c == '"'; });
        character.box = parse_box(text);
      } else if (inner == "name") {
        Element n = make_element("n", Place::character);
        n.node = inner_value;
        PendingWeight pending;
        lower_json_value(inner_value, false, pending, n);
        character.children.push_back(std::move(n));
      }
    });
    return character;
  }

  // The XML is the prompt; the record adds the box, and what the XML does not say.
  void merge_declared(Declared declared) {
    Element* written = prompt_.find(declared.key);
    if (!written) {
      prompt_.elements.push_back(std::move(declared.element));
      return;
    }
    if (!written->box) {
      written->box = declared.element.box;
      written->box_span = declared.element.box_span;
    }
    if (!written->child("n") && !declared.element.children.empty()) {
      written->children.insert(written->children.begin(),
                               std::move(declared.element.children.front()));
    }
  }

  SyntaxTree& tree_;
  Prompt prompt_;
};

}  // namespace

Prompt lower(SyntaxTree& tree) { return Lowering(tree).run(); }

std::optional<Box> parse_box(std::string_view text) {
  std::array<double, 4> values{};
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::optional<double> value = parse_number(trim(text.substr(0, comma)));
    if (!value || *value < 0 || *value > 1000) return std::nullopt;
    values[i] = *value;
    const bool last = i + 1 == values.size();
    if (last != (comma == text.size())) return std::nullopt;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  const Box box{values[0], values[1], values[2], values[3]};
  if (box.x1 >= box.x2 || box.y1 >= box.y2) return std::nullopt;
  return box;
}

}  // namespace newbie::prompt
