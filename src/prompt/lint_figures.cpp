/// Rules about the figures of a prompt: how many, where, how well described.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "prompt/lint_rules.h"
#include "prompt/lower.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

enum Kind { girl, boy, other, kinds };
constexpr std::array<std::string_view, kinds> kKindNames{"girl", "boy", "other"};
using Figures = std::array<int, kinds>;

/// `2girls` -> (girl, 2); nothing for other tags.
std::optional<std::pair<Kind, int>> read_count_tag(std::string_view tag) {
  if (tag.size() < 4 || !is_digit(tag[0]) || is_digit(tag[1])) return std::nullopt;
  std::string_view noun = tag.substr(1);
  if (noun.ends_with('s')) noun.remove_suffix(1);
  for (int kind = 0; kind < kinds; ++kind) {
    if (noun == kKindNames[static_cast<size_t>(kind)])
      return std::pair{static_cast<Kind>(kind), tag[0] - '0'};
  }
  return std::nullopt;
}

/// Nothing when a block does not say what its figure is.
std::optional<Figures> count_blocks(const LintContext& context) {
  Figures figures{};
  for (const Element* character : context.characters()) {
    const Element* gender = character->child("gender");
    if (!gender || gender->items.size() != 1) return std::nullopt;
    const auto tag = read_count_tag(tag_form(gender->items[0].text));
    if (!tag || tag->second != 1) return std::nullopt;
    ++figures[tag->first];
  }
  return figures;
}

std::string describe(const Figures& figures) {
  std::string out;
  for (size_t kind = 0; kind < kinds; ++kind) {
    if (figures[kind] == 0) continue;
    if (!out.empty()) out += ", ";
    out += plural(static_cast<size_t>(figures[kind]), kKindNames[kind]);
  }
  return out;
}

std::string count_tags(const Figures& figures) {
  std::string out;
  const auto add = [&](const std::string& tag) { out += (out.empty() ? "" : ", ") + tag; };
  for (size_t kind = 0; kind < kinds; ++kind) {
    if (figures[kind] == 0) continue;
    add(fmt::format("{}{}{}", figures[kind], kKindNames[kind], figures[kind] > 1 ? "s" : ""));
    if (figures[kind] > 1) add(fmt::format("multiple_{}s", kKindNames[kind]));
  }
  if (figures[girl] + figures[boy] + figures[other] == 1) add("solo");
  return out;
}

bool contradicts(const std::vector<Item>& items, const Figures& blocks) {
  Figures said{};
  bool says_number = false;
  const int figures = blocks[girl] + blocks[boy] + blocks[other];
  for (const Item& item : items) {
    const std::string tag = tag_form(item.text);
    if (const auto count = read_count_tag(tag)) {
      said[count->first] = count->second;
      says_number = true;
    }
    if (tag == "solo" && figures > 1) return true;
  }
  return says_number && said != blocks;
}

}  // namespace

void check_count(LintContext& context) {
  const std::optional<Figures> blocks = count_blocks(context);
  if (!blocks || context.characters().empty()) return;
  for (const Placed& placed : context.elements()) {
    const Element& count = *placed.element;
    if (count.name != "count" || !contradicts(count.items, *blocks)) continue;
    const TextSpan value = trim(context.tree.text(), count.value_span);
    context
        .report(value, fmt::format("count says {}, blocks: {}", quote(context.text(value)),
                                   describe(*blocks)))
        .unsafe_fix(fmt::format("write `{}`", count_tags(*blocks)))
        .edit(value, count_tags(*blocks));
  }
}

namespace {

std::string side_for(const Element& character, const Element& other) {
  const Element* position = other.child("position");
  const std::string where = position && !position->items.empty() ? position->items[0].text : "";
  if (where.find("left") != where.npos) return "center_right";
  if (where.find("right") != where.npos) return "center_left";
  return character.character() < other.character() ? "center_left" : "center_right";
}

bool has_position(const Element& character) {
  const Element* position = character.child("position");
  return position && !position->items.empty();
}

}  // namespace

void check_positions(LintContext& context) {
  const auto& characters = context.characters();
  if (characters.size() < 2) return;
  for (const Element* character : characters) {
    if (has_position(*character)) continue;
    Finding finding = context.report(
        context.open_tag(*character),
        fmt::format("{} has no position; with several figures each needs one", character->name));
    const bool offers = characters.size() == 2 && context.close_tag(*character).size() > 0;
    if (!offers) continue;
    const Element& other = character == characters[0] ? *characters[1] : *characters[0];
    const std::string side = side_for(*character, other);
    finding.unsafe_fix(fmt::format("put it at `{}`", side));
    context.add_tag(finding, *character, "position", side);
  }
}

void check_box_overlap(LintContext& context) {
  constexpr double kNotable = 0.5;
  const auto area = [](const Box& box) { return (box.x2 - box.x1) * (box.y2 - box.y1); };
  const auto& characters = context.characters();
  for (size_t i = 0; i < characters.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const std::optional<Box>& a = characters[j]->box;
      const std::optional<Box>& b = characters[i]->box;
      if (!a || !b) continue;
      const double width = std::min(a->x2, b->x2) - std::max(a->x1, b->x1);
      const double height = std::min(a->y2, b->y2) - std::max(a->y1, b->y1);
      if (width <= 0 || height <= 0) continue;
      const double share = width * height / std::min(area(*a), area(*b));
      // A box of the whole picture, as templates write it, says nothing.
      if (share < kNotable || std::max(area(*a), area(*b)) >= 1e6) continue;
      context
          .report(characters[i]->box_span,
                  fmt::format("boxes of {} and {} overlap by {:.0f} %", characters[j]->name,
                              characters[i]->name, share * 100))
          .related(characters[j]->box_span, "the other box");
    }
  }
}

namespace {

// The four numbers of a malformed box put right, when all it lacks is order.
std::optional<std::string> reordered_box(std::string_view written) {
  std::array<std::string, 4> parts;
  size_t count = 0;
  std::string text(written);
  const bool brackets = text.starts_with('[') && text.ends_with(']');
  if (brackets) text = text.substr(1, text.size() - 2);
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    if (count == parts.size()) return std::nullopt;
    parts[count++] = trim(std::string_view(text).substr(begin, comma - begin));
    begin = comma + 1;
  }
  for (size_t axis : {0, 1}) {
    const auto low = parse_number(parts[axis]);
    const auto high = parse_number(parts[axis + 2]);
    if (low && high && *low > *high) std::swap(parts[axis], parts[axis + 2]);
  }
  const std::string mended = fmt::format("{},{},{},{}", parts[0], parts[1], parts[2], parts[3]);
  if (!parse_box(mended)) return std::nullopt;
  return brackets ? "[" + mended + "]" : mended;
}

}  // namespace

void check_box_form(LintContext& context) {
  for (const Element* character : context.characters()) {
    if (character->box || character->box_span.empty()) continue;
    const std::string_view written = context.text(character->box_span);
    Finding finding =
        context.report(character->box_span,
                       fmt::format("the box {} needs four numbers 0…1000: left, top, right, bottom",
                                   quote(written)));
    if (const auto mended = reordered_box(written)) {
      finding.safe_fix(fmt::format("write {}", quote(*mended))).edit(character->box_span, *mended);
    }
  }
}

void check_sparse_characters(LintContext& context) {
  constexpr size_t kEnough = 5;
  constexpr std::array<std::string_view, 6> kFeatures{"appearance", "clothing", "body_type",
                                                      "expression", "action",   "interaction"};
  for (const Element* character : context.characters()) {
    size_t features = 0;
    for (const Element& child : character->children) {
      if (std::ranges::find(kFeatures, child.name) != kFeatures.end())
        features += child.items.size();
    }
    if (features >= kEnough) continue;
    context.report(context.open_tag(*character),
                   fmt::format("{} has {}; {} or more hold an identity better", character->name,
                               plural(features, "feature"), kEnough));
  }
}

namespace {

/// Where placeholders are used: the sentences.
std::vector<const Element*> prose_of(const LintContext& context) {
  std::vector<const Element*> out;
  for (const Placed& placed : context.elements()) {
    if (placed.element->form() == ValueForm::prose) out.push_back(placed.element);
  }
  return out;
}

template <class Visit>
void for_each_placeholder(const LintContext& context, Visit&& visit) {
  for (const Element* element : prose_of(context)) {
    for (Placeholder placeholder : find_placeholders(context.text(element->value_span))) {
      placeholder.span.begin += element->value_span.begin;
      placeholder.span.end += element->value_span.begin;
      visit(placeholder);
    }
  }
}

std::string name_of(const Element& character) {
  const Element* n = character.child("n");
  return n && !n->items.empty() ? n->items[0].text : "";
}

}  // namespace

void check_undeclared_placeholders(LintContext& context) {
  std::map<int, bool> declared;
  for (const Element* character : context.characters()) {
    declared[character->character()] = true;
    for (const Placeholder& name : find_placeholders(name_of(*character)))
      declared[name.number] = true;
  }
  for_each_placeholder(context, [&](const Placeholder& placeholder) {
    if (declared[placeholder.number]) return;
    context.report(placeholder.span,
                   fmt::format("`$character_{0}$` is used here, but there is no character_{0}",
                               placeholder.number));
  });
}

void check_lost_placeholders(LintContext& context) {
  std::map<int, std::string> names;
  for (const Element* character : context.characters()) {
    const std::string name = name_of(*character);
    if (!name.empty() && find_placeholders(name).empty()) names[character->character()] = name;
  }
  for_each_placeholder(context, [&](const Placeholder& placeholder) {
    const auto found = names.find(placeholder.number);
    if (found == names.end()) return;
    std::string spoken = found->second;
    std::ranges::replace(spoken, '_', ' ');
    context
        .report(placeholder.span,
                fmt::format("`$character_{0}$` leads nowhere: the n of character_{0} is {1}",
                            placeholder.number, quote(found->second)))
        .safe_fix(fmt::format("write {}", quote(spoken)))
        .edit(placeholder.span, spoken);
  });
}

}  // namespace newbie::prompt
