#include "prompt/canonical.h"

#include <algorithm>
#include <map>

#include "prompt/canonical_item.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

constexpr Box kWholePicture{0, 0, 1000, 1000};

void push_weight_down(Element& element) {
  if (element.weight == 1) return;
  for (Item& item : element.items) item.weight *= element.weight;
  for (Element& child : element.children) child.weight *= element.weight;
  element.weight = 1;
}

bool has_content(const Element& element) {
  return !element.items.empty() || !element.children.empty();
}

/// Loose text between blocks is prose, also when it was a tag list where it stood.
void make_loose_prose(Element& element) {
  push_weight_down(element);
  element.loose_form = ValueForm::prose;
  if (element.items.size() < 2) return;
  Item all = std::move(element.items.front());
  for (size_t i = 1; i < element.items.size(); ++i) {
    all.text += ',';
    all = join_items(std::move(all), element.items[i]);
  }
  element.items = {std::move(all)};
}

/// Sentences of two prose values become one; the same sentences twice stay once.
void join_prose(Element& into, Element& from) {
  if (from.items.empty() || (into.items.size() == 1 && into.items[0] == from.items[0])) return;
  if (into.items.empty()) {
    into.items = std::move(from.items);
    return;
  }
  into.items.back() = join_items(std::move(into.items.back()), from.items.front());
}

class Canonicalizer {
 public:
  Canonicalizer(const Prompt& prompt, const TagLookup* tags) : prompt_(prompt), tags_(tags) {
    general_ = make_element("general_tags", Place::top);
    caption_ = make_element("caption", Place::top);
  }

  Prompt run() {
    Prompt out;
    out.kind = InputKind::xml;
    out.system_prefix = prompt_.system_prefix;
    out.system_span = prompt_.system_span;
    for (const Element& element : prompt_.elements) place(element, 1);
    settle_orphans();
    for (auto& [number, character] : characters_)
      out.elements.push_back(finish(std::move(character)));
    general_ = finish(std::move(general_));
    if (has_content(general_)) out.elements.push_back(std::move(general_));
    for (Element& element : others_) {
      element = finish(std::move(element));
      if (has_content(element)) out.elements.push_back(std::move(element));
    }
    join_loose_neighbours(out.elements);
    caption_ = finish(std::move(caption_));
    if (has_content(caption_)) out.elements.push_back(std::move(caption_));
    return out;
  }

 private:
  /// Puts an element where it belongs, whatever it was found in; `weight` is that of its former
  /// parents.
  void place(Element element, double weight) {
    element.weight *= weight;
    const ElementRule* rule = element.rule;
    if (element.character() > 0) return place_character(std::move(element));
    if (!rule) return place_other(std::move(element));
    if (rule->place == Place::general) return add_child(general_, std::move(element));
    if (rule->name == "general_tags") return place_general(std::move(element));
    if (rule->name == "caption") return place_caption(std::move(element));
    if (rule->place == Place::wrapper) return place_children(element);
    if (rule->place == Place::character) return orphans_.push_back(std::move(element));
    place_other(std::move(element));
  }

  void place_children(Element& parent) {
    for (Element& child : parent.children) place(std::move(child), parent.weight);
    parent.children.clear();
  }

  void place_character(Element element) {
    const auto [found, first] = characters_.try_emplace(element.character());
    Element& into = found->second;
    if (first) {
      into.name = element.name;
      into.rule = element.rule;
    }
    take_frame(into, element, first);
    for (Element& child : element.children) add_character_child(into, std::move(child));
  }

  void add_character_child(Element& character, Element child) {
    const bool stays = !child.rule || child.rule->place == Place::character;
    if (!stays && child.rule->name == "body_type")
      child.rule = find_rule("body_type", Place::character);
    stays || child.rule->place == Place::character ? add_child(character, std::move(child))
                                                   : place(std::move(child), character.weight);
  }

  void place_general(Element element) {
    take_frame(general_, element, !has_content(general_));
    for (Element& child : element.children) {
      const bool stays = !child.rule || child.rule->place == Place::general;
      stays ? add_child(general_, std::move(child)) : place(std::move(child), element.weight);
    }
  }

  void place_caption(Element element) {
    place_children(element);
    if (!has_content(caption_)) {
      take_frame(caption_, element, true);
    } else {
      push_weight_down(element);
      push_weight_down(caption_);
    }
    join_prose(caption_, element);
  }

  // `<appearance>` outside any block belongs to the only figure there is, or makes one.
  void settle_orphans() {
    // An orphan may hold others, which come in the next turn.
    while (!orphans_.empty()) {
      std::vector<Element> orphans;
      orphans.swap(orphans_);
      if (characters_.empty()) characters_[1] = make_element("character_1", Place::top);
      Element& figure = characters_.begin()->second;
      const bool one_figure = characters_.size() == 1;
      for (Element& orphan : orphans) {
        one_figure ? add_child(figure, std::move(orphan)) : place_other(std::move(orphan));
      }
    }
  }

  void place_other(Element element) {
    if (element.name.empty()) make_loose_prose(element);
    others_.push_back(std::move(element));
  }

  // Weight, box and attributes of an element that gives its content to another.
  static void take_frame(Element& into, Element& from, bool first) {
    if (first) {
      into.weight = from.weight;
      from.weight = 1;
      into.node = from.node;
      into.span = from.span;
      into.value_span = from.value_span;
    } else if (into.weight == from.weight) {
      from.weight = 1;
    } else {
      push_weight_down(into);
      push_weight_down(from);
    }
    if (!into.box) into.box = from.box, into.box_span = from.box_span;
    std::ranges::move(from.attributes, std::back_inserter(into.attributes));
  }

  void add_child(Element& parent, Element child) {
    std::vector<Element> nested;
    if (child.rule) nested.swap(child.children);
    const double nested_weight = child.weight;
    Element* same = child.rule ? parent.child(child.name) : nullptr;
    if (!same) {
      parent.children.push_back(std::move(child));
    } else {
      merge(*same, std::move(child));
    }
    for (Element& inner : nested) place(std::move(inner), nested_weight);
  }

  static void merge(Element& into, Element from) {
    const bool one_only = into.rule->repeat == Repeat::error;
    if (one_only && !into.items.empty()) return;
    take_frame(into, from, into.items.empty());
    if (into.form() == ValueForm::prose) return join_prose(into, from);
    std::ranges::move(from.items, std::back_inserter(into.items));
  }

  /// Order, items, emptiness.
  Element finish(Element element) const {
    if (element.box == kWholePicture) element.box.reset();
    // Loose text has no tag to carry a weight.
    if (element.name.empty()) push_weight_down(element);
    element.weight = canonical_weight(element.weight);
    canonicalize_items(element.items, element.form(), Spelling::markup, tags_);
    if (element.rule && element.form() == ValueForm::prose) settle_prose(element);
    for (Element& child : element.children) child = finish(std::move(child));
    std::erase_if(element.children, [](const Element& child) {
      const bool kept = child.name == "n" || has_content(child);
      return !kept;
    });
    const bool known = element.rule != nullptr;
    if (known) {
      std::ranges::stable_sort(element.children, {},
                               [](const Element& child) { return canonical_rank(child.rule); });
    }
    join_loose_neighbours(element.children);
    return element;
  }

  // One weight over a whole caption is the element's; several are ranges of its text.
  static void settle_prose(Element& element) {
    if (element.items.empty()) return;
    Item& item = element.items.front();
    if (item.ranges.empty()) {
      element.weight = canonical_weight(element.weight * item.weight);
      item.weight = 1;
    } else if (element.weight != 1) {
      item.weight *= element.weight;
      element.weight = 1;
      canonicalize_items(element.items, ValueForm::prose, Spelling::markup, nullptr);
      settle_prose(element);
    }
  }

  // Loose text parted only by elements that were moved away is one text again.
  void join_loose_neighbours(std::vector<Element>& elements) const {
    size_t kept = 0;
    bool joined = false;
    for (size_t i = 1; i < elements.size(); ++i) {
      const bool both_loose = elements[kept].name.empty() && elements[i].name.empty();
      if (!both_loose) {
        if (++kept != i) elements[kept] = std::move(elements[i]);
        continue;
      }
      joined = true;
      if (elements[kept].form() == ValueForm::prose) {
        join_prose(elements[kept], elements[i]);
      } else {
        std::ranges::move(elements[i].items, std::back_inserter(elements[kept].items));
      }
    }
    if (!joined) return;
    elements.resize(kept + 1);
    for (Element& element : elements) {
      if (element.name.empty())
        canonicalize_items(element.items, element.form(), Spelling::markup, tags_);
    }
  }

  const Prompt& prompt_;
  const TagLookup* tags_;
  std::map<int, Element> characters_;
  Element general_;
  Element caption_;
  std::vector<Element> orphans_;
  std::vector<Element> others_;
};

Prompt canonicalize_plain(const Prompt& prompt, const TagLookup* tags) {
  Prompt out = prompt;
  for (Element& element : out.elements) {
    push_weight_down(element);
    canonicalize_items(element.items, element.form(), Spelling::plain, tags);
  }
  std::erase_if(out.elements, [](const Element& element) { return !has_content(element); });
  return out;
}

}  // namespace

Prompt canonicalize(const Prompt& prompt, const TagLookup* tags) {
  const bool plain = prompt.kind == InputKind::tags || prompt.kind == InputKind::text;
  return plain ? canonicalize_plain(prompt, tags) : Canonicalizer(prompt, tags).run();
}

}  // namespace newbie::prompt
