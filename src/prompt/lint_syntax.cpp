/// Rules about the form of the text: tags, names, stray characters, wrappers.

#include <fmt/format.h>

#include <algorithm>

#include "prompt/lint_rules.h"
#include "prompt/scan.h"
#include "prompt/system_prompt.h"

namespace newbie::prompt {

namespace {

template <class Visit>
void for_each_issue(const LintContext& context, IssueKind kind, Visit&& visit) {
  for (const Issue& issue : context.tree.issues) {
    if (issue.kind == kind) visit(issue);
  }
}

// The name in a tag as it should be repeated in the other one.
std::string name_in_tag(std::string_view tag) {
  const std::optional<ScannedTag> scanned = scan_tag(tag, 0, tag.size());
  if (!scanned) return std::string(tag);
  const std::string_view name = scanned->name.of(tag);
  return scanned->illegal_name ? resolve_name(name, "").name : std::string(name);
}

// Behind a comment or declaration without its end, a tag would be part of it: that is mended first.
bool is_swallowed(const LintContext& context, size_t offset) {
  return std::ranges::any_of(context.tree.issues, [&](const Issue& issue) {
    switch (issue.kind) {
      case IssueKind::unterminated:
        return issue.span.begin < offset && offset <= issue.related.begin;
      case IssueKind::doctype:
        return !issue.related.empty() && issue.span.begin < offset;
      case IssueKind::too_many_elements:
        return issue.span.begin <= offset;
      default:
        return false;
    }
  });
}

void report_unclosed(LintContext& context, const Issue& issue) {
  const std::string name = name_in_tag(context.text(issue.span));
  const ElementRule* rule = resolve_name(name, "").rule;
  const bool one_line =
      context.text({issue.span.end, issue.related.begin}).find('\n') == std::string_view::npos;
  const bool block = rule && rule->form == ValueForm::elements;
  const std::string tag = fmt::format("{}</{}>", block ? "\n" : "", name);
  Finding finding = context.report(issue.span, fmt::format("`<{}>` opened at {} is never closed",
                                                           name, context.place(issue.span)));
  if (is_swallowed(context, issue.related.begin)) return;
  const std::string what = fmt::format("close `<{}>` where its content ends", name);
  one_line || block ? finding.safe_fix(what) : finding.unsafe_fix(what);
  finding.edit(issue.related, tag);
}

void report_mismatch(LintContext& context, const Issue& issue) {
  const std::string opened = name_in_tag(context.text(issue.related));
  const std::string_view closed = context.text(issue.span);
  context
      .report(issue.span,
              fmt::format("`<{}>` opened at {} is closed by {} at {}", opened,
                          context.place(issue.related), quote(closed), context.place(issue.span)))
      .related(issue.related, "opened here")
      .safe_fix(fmt::format("close it with `</{}>`", opened))
      .edit(issue.span, fmt::format("</{}>", opened));
}

}  // namespace

void check_unclosed(LintContext& context) {
  for_each_issue(context, IssueKind::unclosed,
                 [&](const Issue& i) { report_unclosed(context, i); });
  for_each_issue(context, IssueKind::mismatched_close,
                 [&](const Issue& i) { report_mismatch(context, i); });
  for_each_issue(context, IssueKind::stray_close, [&](const Issue& issue) {
    context.report(issue.span, fmt::format("{} closes nothing", quote(context.text(issue.span))))
        .safe_fix("remove it")
        .edit(context.removal(issue.span), "");
  });
  for_each_issue(context, IssueKind::unterminated, [&](const Issue& issue) {
    context.report(issue.span, "this comment has no end; it is taken to end with its line")
        .safe_fix("end the comment with its line")
        .edit(issue.related, " -->");
  });
  for_each_issue(context, IssueKind::bad_json, [&](const Issue& issue) {
    context.report(issue.span, issue.span.empty() ? "the JSON ends here before it is complete"
                                                  : "the JSON cannot be read from here on");
  });
}

void check_illegal_names(LintContext& context) {
  for_each_issue(context, IssueKind::illegal_name, [&](const Issue& issue) {
    const ResolvedName name = resolve_name(context.text(issue.span), "");
    context
        .report(issue.span,
                fmt::format("element names cannot contain blanks; did you mean `{}`?", name.name))
        .safe_fix(fmt::format("write `{}`", name.name))
        .edit(issue.span, name.name);
  });
}

void check_stray_markup(LintContext& context) {
  for_each_issue(context, IssueKind::stray_markup, [&](const Issue& issue) {
    const std::string_view character = context.text(issue.span);
    const bool prompt_start =
        context.tree.text().substr(issue.span.begin).starts_with(kPromptStart);
    if (prompt_start) return;
    const std::string_view entity = character == "&" ? "&amp;" : character == "<" ? "&lt;" : "&gt;";
    context
        .report(
            issue.span,
            character == "&"
                ? "`&` must stand alone between blanks; write \"and\", or `&amp;`"
                : fmt::format("a stray `{}` belongs to no tag and is read literally", character))
        .safe_fix(fmt::format("write `{}`, which is read as the character itself", entity))
        .edit(issue.span, entity);
  });
  for_each_issue(context, IssueKind::unknown_entity, [&](const Issue& issue) {
    context
        .report(issue.span, fmt::format("{} is no known reference and is read literally",
                                        quote(context.text(issue.span))))
        .safe_fix("write `&amp;`, which is read as the character itself")
        .edit({issue.span.begin, issue.span.begin + 1}, "&amp;");
  });
}

void check_loose_text(LintContext& context) {
  if (!context.structured()) return;
  for (const Placed& placed : context.elements()) {
    const Element& loose = *placed.element;
    if (!loose.name.empty()) continue;
    const TextSpan span = trim(context.tree.text(), loose.span);
    const std::string_view home = placed.character ? "appearance"
                                  : placed.parent  ? "other"
                                                   : "caption";
    Finding finding = context.report(
        span, fmt::format("{} stands outside any element; nothing says whom it describes",
                          quote(context.text(span))));
    finding.unsafe_fix(fmt::format("wrap it in `<{}>`", home))
        .edit({span.begin, span.begin}, fmt::format("<{}>", home))
        .edit({span.end, span.end}, fmt::format("</{}>", home));
    finding.unsafe_fix("drop it").edit(context.removal(span), "");
  }
}

void check_wrappers(LintContext& context) {
  const auto& nodes = context.tree.nodes;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    if (nodes[id].kind == NodeKind::brace) {
      context.report(nodes[id].span, "braces around a prompt are not part of the trained form")
          .safe_fix("remove the brace")
          .edit(context.removal(nodes[id].span), "");
    }
    if (nodes[id].kind != NodeKind::element) continue;
    const NodeKind parent = nodes[nodes[id].parent].kind;
    if (parent != NodeKind::document && parent != NodeKind::json_string) continue;
    const std::string_view name = context.tree.element_name(id);
    const ElementRule* rule = resolve_name(name, "").rule;
    if (!rule || rule->place != Place::wrapper) continue;
    const NodeId open = context.tree.child(id, NodeKind::open_tag);
    Finding finding = context.report(
        nodes[open].span, fmt::format("the wrapper `<{}>` is not part of the trained form", name));
    finding.safe_fix("unwrap its content").edit(context.removal(nodes[open].span), "");
    const NodeId close = context.tree.child(id, NodeKind::close_tag);
    if (close != kNoNode) finding.edit(context.removal(nodes[close].span), "");
  }
}

void check_doctype(LintContext& context) {
  for_each_issue(context, IssueKind::doctype, [&](const Issue& issue) {
    context.report(issue.span,
                   fmt::format("{} is a declaration: not supported, and a known form of attack",
                               quote(context.text(issue.span))));
  });
}

// X006 to X008 and X039 are here as well where they only phrase what the parser noticed.

void check_weight_targets(LintContext& context) {
  for_each_issue(context, IssueKind::weight_without_target, [&](const Issue& issue) {
    context.report(
        issue.span,
        fmt::format("the comment at {} weighs nothing; a weight stands before its target",
                    context.place(issue.span)));
  });
}

void check_commas_at_comments(LintContext& context) {
  for_each_issue(context, IssueKind::missing_comma, [&](const Issue& issue) {
    const std::string_view rest = context.tree.text().substr(issue.span.end, 200);
    const std::string_view next = trim(rest.substr(0, rest.find_first_of(",<\n")));
    context
        .report(issue.span, fmt::format("{} and {} have no comma between them",
                                        quote(context.text(issue.related)), quote(next)))
        .related(issue.related, "the tag before the comment")
        .safe_fix("insert the comma")
        .edit({issue.related.end, issue.related.end}, ",");
  });
}

void check_weight_numbers(LintContext& context) {
  for_each_issue(context, IssueKind::bad_weight, [&](const Issue& issue) {
    const std::string_view written = context.text(issue.span);
    const std::optional<double> number = parse_number(trim(written));
    if (!number) {
      context.report(issue.span, fmt::format("the weight {} is not a number", quote(written)));
      return;
    }
    const std::string_view nearest = *number > 2 ? "2" : "0";
    context.report(issue.span, fmt::format("weight {} is outside 0…2", trim(written)))
        .safe_fix(fmt::format("use {}", nearest))
        .edit(issue.span, nearest);
  });
}

}  // namespace newbie::prompt
