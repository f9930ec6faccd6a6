#pragma once
/// The subcommands of `newbie prompt`, one file each.

#include <CLI/App.hpp>

namespace newbie::cli {

void add_prompt_check(CLI::App& group);
void add_prompt_fix(CLI::App& group);
void add_prompt_format(CLI::App& group);
void add_prompt_compile(CLI::App& group);
void add_prompt_explain(CLI::App& group);
void add_prompt_convert(CLI::App& group);
void add_prompt_diff(CLI::App& group);
void add_prompt_expand(CLI::App& group);
void add_prompt_tags(CLI::App& group);
void add_prompt_rules(CLI::App& group);

}  // namespace newbie::cli
