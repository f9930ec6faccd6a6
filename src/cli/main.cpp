/// The program `newbie`: describes its commands, runs one, renders its error.

#include <cstdio>
#include <exception>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/spin_limit.h"
#include "cli/terminal.h"
#include "cli/usage_error.h"

namespace newbie::cli {
namespace {

void describe(CLI::App& program) {
  program.name("newbie");
  program.set_version_flag("--version", "newbie " NEWBIE_VERSION, "print the version and exit");
  program.require_subcommand(0, 1);
  add_generate_command(program);
  add_snapshot_command(program);
  add_replay_command(program);
  add_sweep_command(program);
  add_compare_command(program);
  add_create_command(program);
  add_prompt_commands(program);
  add_lora_commands(program);
  add_model_commands(program);
  add_memory_command(program);
  add_doctor_command(program);
  add_train_commands(program);
  add_world_commands(program);
  add_eval_commands(program);
  add_completion_command(program);
  add_man_command(program);
  use_house_help(program);
}

int run(int argc, char** argv) {
  CLI::App program(
      "Anime pictures from structured prompts: the engine and the prompt language of "
      "NewBie-image.");
  describe(program);
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) {
      std::fputs(program.help().c_str(), stderr);
      return kFailure;
    }
    return close_stdout() ? kClean : kFailure;
  } catch (const CLI::RuntimeError& ended) {
    return close_stdout() ? ended.get_exit_code() : kFailure;
  } catch (const CLI::Success& asked) {  // --help, --version
    return program.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::fputs(render_error(usage_error(program, error), use_colour(stderr)).c_str(), stderr);
    return kFailure;
  } catch (const Error& error) {
    std::fflush(stdout);
    std::fputs(render_error(error, use_colour(stderr)).c_str(), stderr);
    return error.code() == "request.cancelled" ? kCancelled : kFailure;
  }
}

}  // namespace
}  // namespace newbie::cli

int main(int argc, char** argv) {
  newbie::cli::limit_spinning(argv);
  try {
    return newbie::cli::run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, a broken invariant of a library
    std::fprintf(stderr, "error[internal.exception]: %s\n", error.what());
    return newbie::cli::kFailure;
  }
}
