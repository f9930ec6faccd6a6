/// Rules about size: tokens, nesting, bytes.

#include <fmt/format.h>

#include <algorithm>

#include "prompt/compile.h"
#include "prompt/lint_rules.h"
#include "prompt/scan.h"
#include "prompt/tokens.h"

namespace newbie::prompt {

namespace {

struct Measured {
  CompiledText compiled;
  TokenMap map;
};

Measured measure(const LintContext& context) {
  CompileOptions options;
  options.tags = context.options.tags;
  Measured out{compile_positive(context.parsed, options), {}};
  out.map = map_tokens(out.compiled, Encoder::gemma, *context.options.gemma_tokenizer,
                       {context.options.trained_tokens, context.options.position_limit});
  return out;
}

// The place in the source of the first element that reaches beyond a limit.
TextSpan first_beyond(const Measured& measured, const std::vector<BeyondLimit>& beyond) {
  if (beyond.empty()) return {};
  const auto found =
      std::ranges::find(measured.compiled.spans, beyond.front().path, &OwnedSpan::path);
  return found == measured.compiled.spans.end() ? TextSpan{} : found->source;
}

// Quality words beyond the first two are the cheapest to lose.
void offer_trimming(LintContext& context, Finding& finding) {
  constexpr size_t kKept = 2;
  for (const Placed& placed : context.elements()) {
    if (placed.element->name != "quality" || placed.element->items.size() <= kKept) continue;
    std::string going;
    for (size_t i = kKept; i < placed.element->items.size(); ++i) {
      going += (going.empty() ? "" : ", ") + placed.element->items[i].text;
    }
    const TextSpan value = placed.element->value_span;
    const std::string_view all = context.tree.text();
    size_t begin = context.removal(placed.element->items[kKept]).begin;
    while (begin > value.begin && (is_space(all[begin - 1]) || all[begin - 1] == ',')) --begin;
    finding.unsafe_fix(fmt::format("leave out the quality words {}", quote(going)))
        .edit({begin, value.end}, "");
    return;
  }
}

}  // namespace

void check_trained_length(LintContext& context) {
  if (!context.options.gemma_tokenizer) return;
  const Measured measured = measure(context);
  const size_t count = measured.map.count();
  const size_t limit = context.options.trained_tokens;
  if (count <= limit) return;
  Finding finding =
      context.report(first_beyond(measured, measured.map.beyond_trained),
                     fmt::format("{} Gemma tokens; training stopped at {}: the last {} are outside",
                                 count, limit, count - limit));
  offer_trimming(context, finding);
}

void check_position_limit(LintContext& context) {
  if (!context.options.gemma_tokenizer) return;
  const Measured measured = measure(context);
  const size_t count = measured.map.count();
  const size_t limit = context.options.position_limit;
  if (count <= limit) return;
  context.report(first_beyond(measured, measured.map.beyond_positions),
                 fmt::format("{} tokens exceed the {} positions of the model", count, limit));
}

void check_limits(LintContext& context) {
  const Limits& limits = context.options.limits;
  for (const Issue& issue : context.tree.issues) {
    switch (issue.kind) {
      case IssueKind::too_deep:
        context.report(issue.span,
                       fmt::format("nesting ends at {} levels; this is not read", limits.depth));
        break;
      case IssueKind::too_many_elements:
        context.report(issue.span,
                       fmt::format("a prompt holds at most {} elements; the rest is not read",
                                   limits.elements));
        break;
      case IssueKind::too_large:
        context.report({issue.span.begin, std::min(issue.span.begin + 1, issue.span.end)},
                       fmt::format("the text has {} bytes, the limit is {}; it is not read",
                                   context.parsed.source().size(), limits.bytes));
        break;
      default:
        break;
    }
  }
}

}  // namespace newbie::prompt
