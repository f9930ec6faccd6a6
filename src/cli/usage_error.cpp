#include "cli/usage_error.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/help.h"

namespace newbie::cli {
namespace {

/// The command whose arguments were being read.
const CLI::App& innermost(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : innermost(*parsed.back());
}

std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& word : option->get_lnames()) flags.push_back("--" + word);
  }
  return flags;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* child : command.get_subcommands({})) names.push_back(child->get_name());
  return names;
}

Error unexpected(const CLI::App& command, const std::string& word) {
  const bool flag = word.starts_with("-");
  const std::vector<std::string> names = flag ? flags_of(command) : commands_of(command);
  const std::string path = command_path(command);
  Error error("request.usage", flag ? fmt::format("`{}` has no option {}", path, word)
                               : names.empty()
                                   ? fmt::format("`{}` does not expect `{}`", path, word)
                                   : fmt::format("`{}` has no command `{}`", path, word));
  const std::string near =
      did_you_mean(word.substr(0, word.find('=')), {names.begin(), names.end()});
  return error.hint(near.empty() ? fmt::format("see `{} --help`", path)
                                 : fmt::format("did you mean `{}`?", near));
}

}  // namespace

Error usage_error(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = innermost(program);
  const std::vector<std::string> extras = program.remaining(true);
  if (!extras.empty()) return unexpected(command, extras.front());
  return Error("request.usage", error.what())
      .hint(fmt::format("see `{} --help`", command_path(command)));
}

}  // namespace newbie::cli
