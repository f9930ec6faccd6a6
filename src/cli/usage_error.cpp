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

/// "--x: At Most 1 required but received 2" and "--x: 1 required AXIS missing".
std::string miscounted(const std::string& text) {
  const std::string name = text.substr(0, text.find(": "));
  if (text.ends_with("missing")) return fmt::format("{} needs a value", name);
  constexpr std::string_view kReceived = "received ";
  const size_t received = text.rfind(kReceived);
  if (received == text.npos) return text;
  return fmt::format("{} is given {} times, expected once", name,
                     text.substr(received + kReceived.size()));
}

/// The parser's own sentence, unless it speaks of programs rather than of what was typed.
std::string in_words(const CLI::App& command, const CLI::ParseError& error) {
  const std::string text = error.what();
  constexpr std::string_view kConvert = "Could not convert: ";
  if (text.starts_with(kConvert)) {
    const size_t equals = text.find(" = ");
    return fmt::format("{}: `{}` is not of the kind that it takes",
                       text.substr(kConvert.size(), equals - kConvert.size()),
                       equals == text.npos ? "" : text.substr(equals + 3));
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) return miscounted(text);
  const std::vector<std::string> commands = commands_of(command);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !commands.empty()) {
    return fmt::format("`{}` needs one of its commands: {}", command_path(command),
                       fmt::join(commands, ", "));
  }
  return text;
}

}  // namespace

Error usage_error(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = innermost(program);
  const std::vector<std::string> extras = program.remaining(true);
  if (!extras.empty()) return unexpected(command, extras.front());
  return Error("request.usage", in_words(command, error))
      .hint(fmt::format("see `{} --help`", command_path(command)));
}

}  // namespace newbie::cli
