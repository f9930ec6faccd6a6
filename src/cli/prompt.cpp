#include "cli/commands.h"
#include "cli/prompt_commands.h"

namespace newbie::cli {

void add_prompt_commands(CLI::App& program) {
  CLI::App& group = *program.add_subcommand(
      "prompt", "Check, fix, format, compile and explain prompts; they are code.");
  group.require_subcommand(1);
  add_prompt_check(group);
  add_prompt_fix(group);
  add_prompt_format(group);
  add_prompt_compile(group);
  add_prompt_explain(group);
  add_prompt_convert(group);
  add_prompt_diff(group);
  add_prompt_expand(group);
  add_prompt_tags(group);
  add_prompt_rules(group);
}

}  // namespace newbie::cli
