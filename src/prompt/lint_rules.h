#pragma once
/// One function per rule, in files by subject: lint_<subject>.cpp. The table is in lint.cpp.

#include "prompt/lint_context.h"

namespace newbie::prompt {

// Syntax
void check_unclosed(LintContext& context);       // X001
void check_illegal_names(LintContext& context);  // X002
void check_stray_markup(LintContext& context);   // X003
void check_loose_text(LintContext& context);     // X004
void check_wrappers(LintContext& context);       // X005
void check_doctype(LintContext& context);        // X040

// Weights and brackets
void check_weight_targets(LintContext& context);      // X006
void check_commas_at_comments(LintContext& context);  // X007
void check_weight_numbers(LintContext& context);      // X008
void check_bare_brackets(LintContext& context);       // X009
void check_bare_weights(LintContext& context);        // X010
void check_escapes(LintContext& context);             // X011

// Structure
void check_unknown_elements(LintContext& context);  // X012
void check_aliases(LintContext& context);           // X013
void check_duplicates(LintContext& context);        // X014
void check_two_names(LintContext& context);         // X015
void check_numbering(LintContext& context);         // X016
void check_empty_elements(LintContext& context);    // X024

// Figures
void check_count(LintContext& context);                    // X017
void check_positions(LintContext& context);                // X018
void check_box_overlap(LintContext& context);              // X019
void check_box_form(LintContext& context);                 // X020
void check_sparse_characters(LintContext& context);        // X023
void check_undeclared_placeholders(LintContext& context);  // X041
void check_lost_placeholders(LintContext& context);        // X042

// Values
void check_misplaced_tags(LintContext& context);    // X021
void check_conflicts(LintContext& context);         // X022
void check_both_prompts(LintContext& context);      // X031
void check_resolution_words(LintContext& context);  // X032
void check_repeated_items(LintContext& context);    // X033
void check_chinese(LintContext& context);           // X034
void check_unknown_chinese(LintContext& context);   // X035
void check_triggers(LintContext& context);          // X037

// Residue of other programs
void check_system_prompts(LintContext& context);       // X027
void check_residue(LintContext& context);              // X028
void check_full_width(LintContext& context);           // X029
void check_caption_underscores(LintContext& context);  // X030
void check_controls(LintContext& context);             // X036
void check_bytes(LintContext& context);                // X038

// Limits
void check_trained_length(LintContext& context);  // X025
void check_position_limit(LintContext& context);  // X026
void check_limits(LintContext& context);          // X039

}  // namespace newbie::prompt
