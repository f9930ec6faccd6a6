/// `newbie eval binding|fidelity`: how well a model obeys, and how true its pictures are.

#include "cli/eval_pictures.h"

namespace newbie::cli {

void add_eval_commands(CLI::App& program) {
  CLI::App& group = *program.add_subcommand(
      "eval", "Measure a model on the paper-doll world, where everything is known.");
  group.require_subcommand(1);
  add_eval_binding(group);
  add_eval_fidelity(group);
}

}  // namespace newbie::cli
