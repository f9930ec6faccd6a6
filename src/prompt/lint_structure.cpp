/// Rules about elements: names, repetition, numbering, emptiness.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "prompt/lint_rules.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

int highest_number(const LintContext& context) {
  int highest = 0;
  for (const Element* character : context.characters())
    highest = std::max(highest, character->character());
  return highest;
}

void rename(LintContext& context, Finding& finding, const Element& element, std::string_view name) {
  for (TextSpan span : context.name_spans(element)) finding.edit(span, name);
}

bool describes_a_figure(const Element& element) {
  return std::ranges::any_of(element.children, [](const Element& child) {
    return child.rule && child.rule->place == Place::character;
  });
}

void report_unknown(LintContext& context, const Element& element) {
  const std::string_view written = context.tree.element_name(element.node);
  const std::string nearest = nearest_element(element.name);
  if (describes_a_figure(element)) {
    const std::string name = fmt::format("character_{}", highest_number(context) + 1);
    Finding finding = context.report(context.open_tag(element),
                                     fmt::format("{} is not in the vocabulary; a figure is `{}`",
                                                 quote(fmt::format("<{}>", written)), name));
    finding.unsafe_fix(fmt::format("rename it to `{}`", name));
    return rename(context, finding, element, name);
  }
  const std::string hint = nearest.empty() ? "" : fmt::format("; nearest: `{}`", nearest);
  Finding finding = context.report(
      context.open_tag(element),
      fmt::format("{} is not in the vocabulary{}", quote(fmt::format("<{}>", written)), hint));
  if (nearest.empty()) return;
  finding.unsafe_fix(fmt::format("rename it to `{}`", nearest));
  rename(context, finding, element, nearest);
}

}  // namespace

void check_unknown_elements(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    const Element& element = *placed.element;
    if (!element.rule && !element.name.empty()) report_unknown(context, element);
    const bool negative = element.rule && element.rule->place == Place::negative;
    if (negative && !context.options.is_negative) {
      context.report(context.open_tag(element),
                     fmt::format("`<{}>` belongs to the negative prompt", element.name));
    }
    for (const Attribute& attribute : element.attributes) {
      if (attribute.name == "id" || attribute.name == "note") continue;
      context.report(attribute.span,
                     fmt::format("the attribute {} is not in the vocabulary and is never sent",
                                 quote(attribute.name)));
    }
  }
}

void check_aliases(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    const Element& element = *placed.element;
    if (!element.rule || element.name.empty()) continue;
    const std::vector<TextSpan> names = context.name_spans(element);
    if (names.empty()) continue;
    const std::string_view written = context.text(names.front());
    if (!resolve_name(written, placed.parent ? placed.parent->name : "").alias) continue;
    Finding finding = context.report(
        names.front(), fmt::format("{} is written `{}`", quote(written), element.name));
    finding.safe_fix(fmt::format("write `{}`", element.name));
    rename(context, finding, element, element.name);
  }
}

namespace {

// Appends the second value to the first and removes the second element.
void offer_merge(LintContext& context, Finding& finding, const Element& first,
                 const Element& second) {
  const bool closed = context.close_tag(first).size() > 0;
  if (!closed || first.weight != second.weight || !second.attributes.empty() || second.box) return;
  const std::string_view inner = context.text(trim(context.tree.text(), second.value_span));
  finding.safe_fix(fmt::format("append its content to the first `<{}>`", first.name));
  const bool block = first.form() == ValueForm::elements;
  const auto [offset, separator] = context.append_place(first);
  if (!inner.empty()) {
    const std::string_view between = block ? "\n" : separator;
    finding.edit({offset, offset}, std::string(between) + std::string(inner));
  }
  finding.edit(context.removal(second.span), "");
}

void report_duplicate(LintContext& context, const Element& first, const Element& second,
                      const Element* parent) {
  const std::string where = parent ? " in " + parent->name : "";
  Finding finding =
      context.report(context.open_tag(second), fmt::format("second `<{}>`{}", second.name, where));
  finding.related(context.open_tag(first), "the first is here");
  if (second.character() > 0) {
    const std::string name = fmt::format("character_{}", highest_number(context) + 1);
    finding.unsafe_fix(fmt::format("number it `{}`", name));
    return rename(context, finding, second, name);
  }
  if (first.rule->repeat == Repeat::error) {
    finding.unsafe_fix("keep the first, remove this one").edit(context.removal(second.span), "");
    return;
  }
  offer_merge(context, finding, first, second);
}

void check_duplicates_among(LintContext& context, const std::vector<Element>& elements,
                            const Element* parent) {
  std::map<std::string_view, const Element*> seen;
  for (const Element& element : elements) {
    if (!element.rule || element.name == "n" || element.from_prefix) continue;
    const auto [first, fresh] = seen.try_emplace(element.name, &element);
    if (!fresh) report_duplicate(context, *first->second, element, parent);
  }
}

}  // namespace

void check_duplicates(LintContext& context) {
  check_duplicates_among(context, context.prompt.elements, nullptr);
  for (const Placed& placed : context.elements()) {
    if (placed.element->form() != ValueForm::elements) continue;
    check_duplicates_among(context, placed.element->children, placed.element);
  }
}

void check_two_names(LintContext& context) {
  for (const Element* character : context.characters()) {
    const Element* first = nullptr;
    for (const Element& child : character->children) {
      if (child.name != "n") continue;
      if (!first) {
        first = &child;
        continue;
      }
      Finding finding = context.report(
          context.open_tag(child),
          fmt::format("second `<n>` in {}: one block describes one figure", character->name));
      finding.related(context.open_tag(*first), "the first figure");
      const std::vector<TextSpan> names = context.name_spans(*character);
      if (names.size() != 2) continue;
      const std::string next = fmt::format("character_{}", highest_number(context) + 1);
      finding.unsafe_fix(fmt::format("begin `{}` here", next))
          .edit({child.span.begin, child.span.begin},
                fmt::format("</{}>\n\n<{}>\n", context.text(names[0]), next))
          .edit(names[1], next);
    }
  }
}

void check_numbering(LintContext& context) {
  constexpr int kMostFigures = 8;
  std::map<int, const Element*> blocks;
  for (const Element* character : context.characters())
    blocks.try_emplace(character->character(), character);
  int expected = 0;
  for (const auto& [number, character] : blocks) {
    ++expected;
    const TextSpan span = context.open_tag(*character);
    if (number > kMostFigures && number == expected) {
      context.report(
          span, fmt::format("character_{}: prompts hold at most {} figures", number, kMostFigures));
    }
    if (number == expected) continue;
    Finding finding =
        context.report(span, fmt::format("character_{} without character_{}", number, expected));
    const std::string name = fmt::format("character_{}", expected);
    finding.safe_fix(fmt::format("number it `{}`", name));
    rename(context, finding, *character, name);
    for (const Placeholder& placeholder : find_placeholders(context.parsed.source())) {
      if (placeholder.number == number)
        finding.edit(placeholder.span, fmt::format("$character_{}$", expected));
    }
  }
}

void check_empty_elements(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    const Element& element = *placed.element;
    const bool empty = element.items.empty() && element.children.empty();
    if (!empty || element.name == "n" || context.name_spans(element).empty()) continue;
    const bool nothing_inside = trim(context.text(element.value_span)).empty();
    Finding finding = context.report(element.span, fmt::format("`<{}>` is empty", element.name));
    const bool loses_nothing = nothing_inside && element.character() == 0;
    loses_nothing ? finding.safe_fix("remove it") : finding.unsafe_fix("remove it");
    finding.edit(context.removal(element.span), "");
  }
}

}  // namespace newbie::prompt
