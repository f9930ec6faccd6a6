#include "prompt/lint.h"

#include <algorithm>
#include <array>

#include "prompt/lint_rules.h"

namespace newbie::prompt {

namespace {

using Check = void (*)(LintContext&);

/// In order of id, as rules().
constexpr std::array<Check, 42> kChecks{check_unclosed,
                                        check_illegal_names,
                                        check_stray_markup,
                                        check_loose_text,
                                        check_wrappers,
                                        check_weight_targets,
                                        check_commas_at_comments,
                                        check_weight_numbers,
                                        check_bare_brackets,
                                        check_bare_weights,
                                        check_escapes,
                                        check_unknown_elements,
                                        check_aliases,
                                        check_duplicates,
                                        check_two_names,
                                        check_numbering,
                                        check_count,
                                        check_positions,
                                        check_box_overlap,
                                        check_box_form,
                                        check_misplaced_tags,
                                        check_conflicts,
                                        check_sparse_characters,
                                        check_empty_elements,
                                        check_trained_length,
                                        check_position_limit,
                                        check_system_prompts,
                                        check_residue,
                                        check_full_width,
                                        check_caption_underscores,
                                        check_both_prompts,
                                        check_resolution_words,
                                        check_repeated_items,
                                        check_chinese,
                                        check_unknown_chinese,
                                        check_controls,
                                        check_triggers,
                                        check_bytes,
                                        check_limits,
                                        check_doctype,
                                        check_undeclared_placeholders,
                                        check_lost_placeholders};

}  // namespace

std::vector<Diagnostic> check(const Parsed& parsed, const LintOptions& options) {
  LintContext context(parsed, options);
  for (size_t i = 0; i < kChecks.size(); ++i) {
    const Rule& rule = rules()[i];
    if (std::ranges::find(options.disabled, rule.id) != options.disabled.end()) continue;
    context.current_rule = &rule;
    kChecks[i](context);
  }
  std::ranges::stable_sort(context.diagnostics, {}, [](const Diagnostic& diagnostic) {
    return std::pair(diagnostic.span.begin, diagnostic.rule);
  });
  return std::move(context.diagnostics);
}

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames{"info", "warning", "error"};
  return kNames[static_cast<size_t>(severity)];
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::ranges::any_of(diagnostics,
                             [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace newbie::prompt
