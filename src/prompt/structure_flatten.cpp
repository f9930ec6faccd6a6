#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "prompt/canonical.h"
#include "prompt/structure.h"
#include "prompt/structure_count.h"
#include "prompt/tag_table.h"

namespace newbie::prompt {
namespace {

/// `tag`, `(tag:0.6)`; a name's own brackets are escaped inside a weight.
std::string spelled(const Item& item, double element_weight) {
  const double weight = item.weight * element_weight;
  if (weight == 1) return item.text;
  std::string text;
  for (char c : item.text) {
    if (c == '(' || c == ')') text += '\\';
    text += c;
  }
  return fmt::format("({}:{:.2f})", text, weight);
}

class Line {
 public:
  void add(const Item& item, double weight) {
    const std::string tag = spelled(item, weight);
    if (!tag.empty() && std::ranges::find(tags_, tag) == tags_.end()) tags_.push_back(tag);
  }
  bool empty() const { return tags_.empty(); }
  std::string text() const { return fmt::format("{}", fmt::join(tags_, ", ")); }

 private:
  std::vector<std::string> tags_;
};

bool is_placeholder(std::string_view name) {
  return name.size() > 2 && name.starts_with('$') && name.ends_with('$');
}

void flatten_character(const Element& character, Line& line, std::vector<std::string>& genders,
                       std::vector<std::string>& notes) {
  for (const Element& child : character.children) {
    const double weight = character.weight * child.weight;
    for (const Item& item : child.items) {
      if (child.name == "gender") {
        genders.push_back(item.text);
      } else if (child.name == "position") {
        notes.push_back(fmt::format("{}: position {} is lost: a tag list has no places",
                                    character.name, item.text));
      } else if (child.name != "n" || !is_placeholder(item.text)) {
        line.add(item, weight);
      }
    }
  }
  if (character.box) {
    notes.push_back(fmt::format("{}: its box is lost: a tag list has no places", character.name));
  }
}

}  // namespace

Flattened flatten(const Prompt& source) {
  const Prompt prompt = canonicalize(source, &tag_table());
  Flattened result;
  Line count, general;
  std::vector<Line> characters;
  std::vector<std::string> genders;
  for (const Element& element : prompt.elements) {
    if (element.character() > 0) {
      flatten_character(element, characters.emplace_back(), genders, result.notes);
    } else if (element.name == "caption") {
      result.notes.push_back("the caption is lost: a tag list holds no sentences");
    } else {
      for (const Item& item : element.items) general.add(item, element.weight);
    }
    if (element.name != "general_tags") continue;
    for (const Element& child : element.children) {
      for (const Item& item : child.items) {
        (child.name == "count" ? count : general).add(item, element.weight * child.weight);
      }
    }
  }
  if (count.empty()) {
    for (const std::string& tag : count_tags_of(genders)) {
      Item item;
      item.text = tag;
      count.add(item, 1);
    }
  }
  std::vector<std::string> lines{count.text()};
  for (const Line& character : characters) lines.push_back(character.text());
  lines.push_back(general.text());
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  result.text = fmt::format("{}", fmt::join(lines, characters.size() > 1 ? ",\n" : ", "));
  return result;
}

}  // namespace newbie::prompt
