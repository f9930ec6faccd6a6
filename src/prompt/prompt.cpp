#include "prompt/prompt.h"

#include <algorithm>

namespace newbie::prompt {

bool Element::operator==(const Element& other) const {
  return name == other.name && weight == other.weight && box == other.box && items == other.items &&
         children == other.children && attributes == other.attributes;
}

namespace {

template <class Elements>
auto find_named(Elements& elements, std::string_view name) -> decltype(elements.data()) {
  const auto found = std::ranges::find(elements, name, &Element::name);
  return found == elements.end() ? nullptr : &*found;
}

}  // namespace

const Element* Element::child(std::string_view child_name) const {
  return find_named(children, child_name);
}
Element* Element::child(std::string_view child_name) { return find_named(children, child_name); }

const Element* Prompt::find(std::string_view name) const { return find_named(elements, name); }
Element* Prompt::find(std::string_view name) { return find_named(elements, name); }

std::vector<const Element*> Prompt::characters() const {
  std::vector<const Element*> out;
  for (const Element& element : elements) {
    if (element.character() > 0) out.push_back(&element);
  }
  return out;
}

Element make_element(std::string_view name, Place place, std::vector<std::string> items) {
  Element element;
  element.name = name;
  element.rule = find_rule(name, place);
  for (std::string& item : items) {
    Item added;
    added.text = std::move(item);
    element.items.push_back(std::move(added));
  }
  return element;
}

}  // namespace newbie::prompt
