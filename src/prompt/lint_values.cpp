/// Rules about the tags themselves: where they belong, what they contradict, what they repeat.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/utf8.h"
#include "prompt/lint_rules.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

bool is_tag_list(const Element& element) {
  return element.form() == ValueForm::tags || element.form() == ValueForm::single;
}

struct Path {
  std::string_view block;  ///< "character" or "general_tags"
  std::string_view element;
};

Path split_path(std::string_view path) {
  const size_t slash = path.find('/');
  return slash == path.npos ? Path{path, ""} : Path{path.substr(0, slash), path.substr(slash + 1)};
}

void report_misplaced(LintContext& context, const Placed& placed, const Item& item,
                      const Path& home) {
  const bool to_character = home.block == "character";
  const Element* block =
      to_character ? (context.characters().size() == 1 ? context.characters()[0] : nullptr)
                   : context.prompt.find("general_tags");
  Finding finding = context.report(
      item.span,
      fmt::format("{} in {}/{} belongs to {}", quote(context.text(item.span)),
                  placed.character ? placed.character->name : "general_tags", placed.element->name,
                  to_character ? "a character" : fmt::format("general_tags/{}", home.element)));
  if (!block || context.close_tag(*block).empty() || home.element.empty()) return;
  finding.safe_fix(fmt::format("move it to {}/{}", block->name, home.element))
      .edit(context.removal(item), "");
  context.add_tag(finding, *block, home.element, context.text(item.span));
}

/// Tags that are at home elsewhere and still say something here: a thing in somebody's hands, a
/// mood on a face, a hat on a table.
bool may_visit(std::string_view element, std::string_view here, const TagHome& home) {
  constexpr std::array<std::string_view, 3> kOfBoth{"object", "atmosphere", "lighting"};
  if (here == "character") {
    return element == "gender" || std::ranges::find(kOfBoth, home.category) != kOfBoth.end();
  }
  return element == "objects" && home.path == "character/clothing";
}

}  // namespace

void check_misplaced_tags(LintContext& context) {
  if (!context.options.tags || !context.structured()) return;
  for (const Placed& placed : context.elements()) {
    const ElementRule* rule = placed.element->rule;
    if (!rule || (rule->place != Place::general && rule->place != Place::character)) continue;
    // `other` is where ambiguous tags are meant to be, and a name may be any word.
    if (rule->name == "other" || rule->name == "n") continue;
    const std::string_view here = placed.character ? "character" : "general_tags";
    for (const Item& item : placed.element->items) {
      const auto home = context.options.tags->find(tag_form(item.text));
      if (!home || may_visit(rule->name, here, *home)) continue;
      const Path path = split_path(home->path);
      const bool knows_block = path.block == "character" || path.block == "general_tags";
      if (knows_block && path.block != here) report_misplaced(context, placed, item, path);
    }
  }
}

namespace {

/// Items that are true of the same figure, or of the whole picture.
struct Scope {
  std::unordered_map<std::string, const Item*> items;

  void add(const Element& element) {
    // `1girl` as the gender of one of two girls does not contradict `2girls`.
    if (!is_tag_list(element) || element.name == "gender") return;
    for (const Item& item : element.items) items.try_emplace(tag_form(item.text), &item);
  }
};

// Reports clashes of `scope`'s items with each other and with those of `around`.
void report_conflicts(LintContext& context, const Scope& scope, const Scope* around) {
  for (const auto& [tag, item] : scope.items) {
    for (const TagClash& clash : context.options.tags->clashes(tag)) {
      const std::string other(clash.other);
      const auto same = scope.items.find(other);
      const Item* met = same == scope.items.end() ? nullptr : same->second;
      // Each pair once: at the later item.
      if (met && met->span.begin > item->span.begin) continue;
      if (!met && around) {
        const auto outside = around->items.find(other);
        if (outside != around->items.end()) met = outside->second;
      }
      if (!met || met == item) continue;
      const std::string why = clash.reason.empty() ? "" : fmt::format(": {}", clash.reason);
      context
          .report(item->span, fmt::format("{} with {}{}", quote(context.text(item->span)),
                                          quote(context.text(met->span)), why))
          .related(met->span, "contradicts this");
    }
  }
}

// Reports tags of the whole picture that nothing in it accounts for.
void report_needs(LintContext& context, const Scope& general, const Scope& everything) {
  for (const auto& [tag, item] : general.items) {
    const std::optional<TagNeed> need = context.options.tags->need(tag);
    if (!need) continue;
    const bool met = std::ranges::any_of(need->any_of, [&](std::string_view other) {
      return everything.items.contains(std::string(other));
    });
    if (met) continue;
    context.report(item->span, fmt::format("{} stands alone: {}", quote(context.text(item->span)),
                                           need->reason));
  }
}

}  // namespace

void check_conflicts(LintContext& context) {
  if (!context.options.tags) return;
  Scope general, everything;
  std::unordered_map<const Element*, Scope> figures;
  for (const Placed& placed : context.elements()) {
    (placed.character ? figures[placed.character] : general).add(*placed.element);
    everything.add(*placed.element);
  }
  report_needs(context, general, everything);
  report_conflicts(context, general, nullptr);
  for (const auto& [character, scope] : figures) report_conflicts(context, scope, &general);
}

namespace {

std::unordered_set<std::string> tags_of(const Prompt& prompt) {
  std::unordered_set<std::string> out;
  for_each_element(prompt.elements, [&](const Element& element, const Element*) {
    if (!is_tag_list(element)) return;
    for (const Item& item : element.items) out.insert(tag_form(item.text));
  });
  return out;
}

}  // namespace

void check_both_prompts(LintContext& context) {
  const LintOptions& options = context.options;
  const Parsed* other = options.is_negative ? options.positive : options.negative;
  if (!other) return;
  const std::unordered_set<std::string> tags = tags_of(other->prompt);
  for (const Placed& placed : context.elements()) {
    if (!is_tag_list(*placed.element)) continue;
    for (const Item& item : placed.element->items) {
      if (!tags.contains(tag_form(item.text))) continue;
      Finding finding = context.report(
          item.span,
          fmt::format("{} is in the positive and in the negative prompt", quote(item.text)));
      if (options.is_negative) {
        finding.safe_fix("remove it from the negative prompt").edit(context.removal(item), "");
      }
    }
  }
}

void check_resolution_words(LintContext& context) {
  constexpr std::array<std::string_view, 12> kWords{
      "4k", "8k",      "4k_resolution", "8k_resolution", "uhd",   "ultra_hd",
      "hd", "full_hd", "high_res",      "hi-res",        "1080p", "high_resolution"};
  for (const Placed& placed : context.elements()) {
    if (placed.element->name != "style") continue;
    for (const Item& item : placed.element->items) {
      if (std::ranges::find(kWords, tag_form(item.text)) == kWords.end()) continue;
      const auto& size = context.options.image_size;
      const std::string real =
          size ? fmt::format("; the size is {}×{}", (*size)[0], (*size)[1]) : "";
      Finding finding = context.report(
          item.span,
          fmt::format("{} does not change the size of the picture{}", quote(item.text), real));
      const Element* general = context.prompt.find("general_tags");
      if (general && !context.close_tag(*general).empty()) {
        finding.unsafe_fix("move it to quality").edit(context.removal(item), "");
        context.add_tag(finding, *general, "quality", context.text(item.span));
      }
      finding.unsafe_fix("remove it").edit(context.removal(item), "");
    }
  }
}

void check_repeated_items(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    if (!is_tag_list(*placed.element)) continue;
    std::unordered_map<std::string, const Item*> seen;
    for (const Item& item : placed.element->items) {
      const auto [first, fresh] = seen.try_emplace(tag_form(item.text), &item);
      if (fresh) continue;
      context.report(item.span, fmt::format("{} twice in one element", quote(item.text)))
          .related(first->second->span, "the first is here")
          .safe_fix("remove the later one")
          .edit(context.removal(item), "");
    }
  }
}

namespace {

bool has_cjk(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const utf8::Decoded c = utf8::decode(text, i);
    if (utf8::is_cjk(c.code_point)) return true;
    i += c.length;
  }
  return false;
}

template <class Visit>
void for_each_chinese_item(LintContext& context, Visit&& visit) {
  if (!context.options.chinese || context.options.zh_tags == ZhTags::keep) return;
  for (const Placed& placed : context.elements()) {
    if (!is_tag_list(*placed.element) || placed.element->name == "n") continue;
    for (const Item& item : placed.element->items) {
      if (has_cjk(item.text)) visit(item, context.options.chinese->translate(item.text));
    }
  }
}

}  // namespace

void check_chinese(LintContext& context) {
  const bool translates = context.options.zh_tags == ZhTags::translate;
  for_each_chinese_item(context, [&](const Item& item, const Translation& translation) {
    if (!translation.changed) return;
    Finding finding = context.report(
        item.span, fmt::format("{} is {} in the table", quote(item.text), quote(translation.tags)));
    const std::string what = fmt::format("write {}", quote(translation.tags));
    translates ? finding.safe_fix(what) : finding.unsafe_fix(what);
    finding.edit(item.span, translation.tags);
  });
}

void check_unknown_chinese(LintContext& context) {
  for_each_chinese_item(context, [&](const Item& item, const Translation& translation) {
    const bool literal = context.text(item.span) == item.text;
    for (const TextSpan& word : translation.unknown) {
      const TextSpan span =
          literal ? TextSpan{item.span.begin + word.begin, item.span.begin + word.end} : item.span;
      context.report(span, fmt::format("{} is not in the table and stays as it is",
                                       quote(word.of(item.text))));
    }
  });
}

namespace {

std::vector<std::string> split_trigger(std::string_view text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const std::string part = tag_form(text.substr(begin, comma - begin));
    if (!part.empty()) out.push_back(part);
    begin = comma + 1;
  }
  return out;
}

}  // namespace

void check_triggers(LintContext& context) {
  if (context.options.triggers.empty()) return;
  // All values in one string, in the form in which triggers are compared.
  std::string all;
  for (const Placed& placed : context.elements()) {
    for (const Item& item : placed.element->items) all += tag_form(item.text) + "\n";
  }
  for (const TriggerExpectation& trigger : context.options.triggers) {
    const std::vector<std::string> parts = split_trigger(trigger.text);
    const bool present = std::ranges::all_of(
        parts, [&](const std::string& part) { return all.find(part) != all.npos; });
    if (present) continue;
    Finding finding = context.report(
        {0, 0}, fmt::format("the adapter {} expects {} in `<{}>`", quote(trigger.adapter),
                            quote(trigger.text), trigger.element));
    finding.unsafe_fix(fmt::format("insert {}", quote(trigger.text)));
    const Element* general = context.prompt.find("general_tags");
    if (!context.structured()) {
      const size_t begin = context.prompt.elements.empty() ? context.parsed.source().size()
                                                           : context.prompt.elements[0].span.begin;
      finding.edit({begin, begin}, trigger.text + ", ");
    } else if (general && !context.close_tag(*general).empty()) {
      context.add_tag(finding, *general, trigger.element, trigger.text);
    } else {
      const std::vector<Element>& elements = context.prompt.elements;
      const size_t end =
          elements.empty() ? context.parsed.source().size() : elements.back().span.end;
      finding.edit({end, end}, fmt::format("\n\n<general_tags>\n<{0}>{1}</{0}>\n</general_tags>",
                                           trigger.element, trigger.text));
    }
  }
}

}  // namespace newbie::prompt
