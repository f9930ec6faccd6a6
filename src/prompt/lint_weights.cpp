/// Rules about brackets and numbers that look like weights.

#include <fmt/format.h>

#include <algorithm>

#include "prompt/lint_rules.h"
#include "prompt/scan.h"
#include "prompt/spell.h"

namespace newbie::prompt {

namespace {

constexpr std::string_view kOpen = "([{";
constexpr std::string_view kClose = ")]}";

bool is_tag_list(const Element& element) {
  return element.form() == ValueForm::tags || element.form() == ValueForm::single;
}

/// For each bracket of an item without a partner in it: its offset in the item.
struct Unmatched {
  std::vector<size_t> open;
  std::vector<size_t> close;
};

Unmatched unmatched_brackets(std::string_view text) {
  Unmatched out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (const size_t length = emoticon_length(text, i, 0, text.size())) {
      i += length - 1;
    } else if (text[i] == '\\') {
      ++i;
    } else if (kOpen.find(text[i]) != kOpen.npos) {
      out.open.push_back(i);
    } else if (const size_t kind = kClose.find(text[i]); kind != kClose.npos) {
      if (!out.open.empty() && text[out.open.back()] == kOpen[kind]) {
        out.open.pop_back();
      } else {
        out.close.push_back(i);
      }
    }
  }
  return out;
}

/// How many pairs of brackets enclose the whole text: 2 for `((tag))`, 0 for `(a) (b)`.
size_t enclosing_levels(std::string_view text) {
  if (text.size() < 3 || is_emoticon(text)) return 0;
  std::vector<size_t> open;
  std::vector<size_t> partner(text.size(), text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (kOpen.find(text[i]) != kOpen.npos) {
      open.push_back(i);
    } else if (const size_t kind = kClose.find(text[i]); kind != kClose.npos && !open.empty()) {
      if (text[open.back()] == kOpen[kind]) partner[open.back()] = i;
      open.pop_back();
    }
  }
  size_t levels = 0;
  while (2 * levels + 2 < text.size() && partner[levels] == text.size() - 1 - levels) ++levels;
  return levels;
}

void report_brackets(LintContext& context, TextSpan span, size_t levels) {
  const std::string_view text = context.text(span);
  const std::string_view inner = text.substr(levels, text.size() - 2 * levels);
  const std::string_view weight = text.front() == '[' ? "0.9" : "1.1";
  Finding finding = context.report(
      span, fmt::format("the brackets of {} have no effect here; a weight is written `(tag:{})`",
                        quote(text), weight));
  finding.safe_fix("remove the brackets")
      .edit({span.begin, span.begin + levels}, "")
      .edit({span.end - levels, span.end}, "");
  finding.unsafe_fix("write a weight").edit(span, fmt::format("({}:{})", inner, weight));
}

size_t leading_run(const std::vector<size_t>& open) {
  size_t run = 0;
  while (run < open.size() && open[run] == run) ++run;
  return run;
}

size_t trailing_run(const std::vector<size_t>& close, size_t size) {
  size_t run = 0;
  while (run < close.size() && close[close.size() - 1 - run] == size - 1 - run) ++run;
  return run;
}

// `(a, b)`: an item that opens a bracket and a later one that closes it.
void check_brackets_around_items(LintContext& context, const Element& element) {
  struct Opened {
    size_t begin;
    size_t levels;
  };
  std::vector<Opened> opened;
  for (const Item& item : element.items) {
    const std::string_view text = context.text(item.span);
    const Unmatched unmatched = unmatched_brackets(text);
    const size_t closing = trailing_run(unmatched.close, text.size());
    if (closing > 0 && !opened.empty()) {
      const Opened from = opened.back();
      opened.pop_back();
      const size_t levels = std::min(closing, from.levels);
      const bool same_kind =
          kOpen.find(context.tree.text()[from.begin]) == kClose.find(text.back());
      if (same_kind) report_brackets(context, {from.begin, item.span.end}, levels);
    }
    const size_t opening = leading_run(unmatched.open);
    if (opening > 0) opened.push_back({item.span.begin, opening});
  }
}

}  // namespace

void check_bare_brackets(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    if (!is_tag_list(*placed.element)) continue;
    for (const Item& item : placed.element->items) {
      const size_t levels = enclosing_levels(context.text(item.span));
      if (levels > 0) report_brackets(context, item.span, levels);
    }
    check_brackets_around_items(context, *placed.element);
  }
}

void check_bare_weights(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    if (!is_tag_list(*placed.element)) continue;
    for (const Item& item : placed.element->items) {
      const std::string_view text = context.text(item.span);
      const size_t colon = text.rfind(':');
      if (colon == text.npos || colon == 0 || is_emoticon(text)) continue;
      const std::optional<double> number = parse_number(text.substr(colon + 1));
      const std::string_view tag = trim(text.substr(0, colon));
      const bool ratio = std::ranges::all_of(tag, [](char c) { return is_digit(c) || c == '.'; });
      if (!number || *number < 0 || *number > 2 || ratio || has_risky_brackets(tag)) continue;
      context
          .report(item.span,
                  fmt::format("{} looks like a weight without brackets; the number is read as text",
                              quote(text)))
          .safe_fix(fmt::format("write {}", quote(fmt::format("({})", text))))
          .edit({item.span.begin, item.span.begin}, "(")
          .edit({item.span.end, item.span.end}, ")");
    }
  }
}

void check_escapes(LintContext& context) {
  const SyntaxTree& tree = context.tree;
  NodeId last_parent = kNoNode;
  for (NodeId id = 0; id < tree.nodes.size(); ++id) {
    if (tree.node(id).kind != NodeKind::escape || tree.node(id).parent == last_parent) continue;
    last_parent = tree.node(id).parent;
    std::string unescaped;
    std::vector<TextSpan> backslashes;
    for_each_child(tree, last_parent, [&](NodeId child) {
      std::string_view text = tree.text(child);
      if (tree.node(child).kind == NodeKind::escape) {
        const size_t begin = tree.node(child).span.begin;
        backslashes.push_back({begin, begin + text.size() - 1});
        text.remove_prefix(text.size() - 1);
      }
      unescaped += text;
    });
    // `\(x:1.2\)` must stay: without backslashes it would be a weight.
    if (has_risky_brackets(unescaped)) continue;
    Finding finding = context.report(
        backslashes.front(), fmt::format("brackets need no backslash here: {}", quote(unescaped)));
    finding.safe_fix("remove the backslashes");
    for (TextSpan span : backslashes) finding.edit(span, "");
  }
}

}  // namespace newbie::prompt
