/// `newbie completion`: scripts for shells, written from the program's own description.

#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/terminal.h"

namespace newbie::cli {
namespace {

/// Every command with its path below the program: {"prompt", "check"}.
struct CommandEntry {
  std::vector<std::string> path;
  const CLI::App* app;
};

void collect(const CLI::App& app, std::vector<std::string> path, std::vector<CommandEntry>& all) {
  all.push_back({path, &app});
  for (const CLI::App* child : app.get_subcommands({})) {
    std::vector<std::string> longer = path;
    longer.push_back(child->get_name());
    collect(*child, longer, all);
  }
}

std::vector<CommandEntry> commands_of(const CLI::App& program) {
  std::vector<CommandEntry> all;
  collect(program, {}, all);
  return all;
}

std::vector<std::string> flags_of(const CLI::Option& option) {
  if (option.get_group().empty()) return {};  // help says nothing of it either
  std::vector<std::string> flags;
  for (const std::string& letter : option.get_snames()) flags.push_back("-" + letter);
  for (const std::string& word : option.get_lnames()) flags.push_back("--" + word);
  return flags;
}

std::string single_quoted(std::string_view text, std::string_view escape) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += escape;
    else
      out += c;
  }
  return out + "'";
}

/// The values of arguments with a closed set.
std::vector<std::string> argument_choices(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && !choices_of(*option).empty()) return choices_of(*option);
  }
  return {};
}

/// The words that may follow a path: values, commands and options.
std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words = argument_choices(app);
  for (const CLI::App* child : app.get_subcommands({})) words.push_back(child->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& flag : flags_of(*option)) words.push_back(flag);
  }
  return words;
}

/// The paths behind which no file can stand: groups, and commands that take a word of a closed set.
std::string without_files(const CLI::App& program) {
  std::vector<std::string> paths;
  for (const CommandEntry& command : commands_of(program)) {
    const bool words =
        !command.app->get_subcommands({}).empty() || !argument_choices(*command.app).empty();
    if (words) paths.push_back(fmt::format("'{}'", fmt::join(command.path, " ")));
  }
  return fmt::format("{}", fmt::join(paths, "|"));
}

std::string bash(const CLI::App& program) {
  std::string words, values;
  for (const CommandEntry& command : commands_of(program)) {
    const std::string path = fmt::format("{}", fmt::join(command.path, " "));
    words += fmt::format("    '{}') words='{}' ;;\n", path, fmt::join(words_of(*command.app), " "));
    for (const CLI::Option* option : command.app->get_options()) {
      const std::vector<std::string> choices = choices_of(*option);
      for (const std::string& flag : flags_of(*option)) {
        if (choices.empty()) continue;
        values += fmt::format("    '{} {}') words='{}' ;;\n", path, flag, fmt::join(choices, " "));
      }
    }
  }
  return fmt::format(
      R"(# bash completion for newbie: source it, or put it into bash-completion's folder.
_newbie() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local path='' words='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    [[ $word == -* ]] && break
    case "${{path:+$path }}$word" in
{})
        path="${{path:+$path }}$word" ;;
      *) break ;;
    esac
  done
  case "$path $previous" in
{}  esac
  if [[ -z $words && $current != -* ]]; then
    case "$path" in
      {}) ;;
      *) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
  fi
  if [[ -z $words ]]; then
    case "$path" in
{}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o filenames -F _newbie newbie
)",
      [&] {
        std::vector<std::string> paths;
        for (const CommandEntry& command : commands_of(program)) {
          if (command.path.empty()) continue;
          paths.push_back(fmt::format("'{}'", fmt::join(command.path, " ")));
        }
        return "      " + fmt::format("{}", fmt::join(paths, "|"));
      }(),
      values, without_files(program), words);
}

/// How zsh completes an option's value.
std::string zsh_action(const CLI::Option& option) {
  const std::vector<std::string> choices = choices_of(option);
  if (!choices.empty()) return fmt::format("({})", fmt::join(choices, " "));
  if (option.get_type_name() == "DIR") return "_files -/";
  return option.get_type_name() == "FILE" ? "_files" : "";
}

std::string zsh_option(const CLI::Option& option) {
  std::string description = option.get_description();
  std::erase_if(description, [](char c) { return c == '[' || c == ']' || c == ':'; });
  std::string spec = "[" + description + "]";
  if (option.get_items_expected_max() > 0) {
    spec += ":value:" + zsh_action(option);
  }
  std::string out;
  for (const std::string& flag : flags_of(option)) {
    out += fmt::format("        {} \\\n", single_quoted("*" + flag + spec, "'\\''"));
  }
  return out;
}

std::string zsh(const CLI::App& program) {
  std::string functions;
  for (const CommandEntry& command : commands_of(program)) {
    const std::string name =
        fmt::format("_newbie{}{}", command.path.empty() ? "" : "_", fmt::join(command.path, "_"));
    std::string options;
    for (const CLI::Option* option : command.app->get_options()) {
      if (!flags_of(*option).empty()) options += zsh_option(*option);
    }
    const std::vector<const CLI::App*> children = command.app->get_subcommands({});
    functions += fmt::format("{}() {{\n", name);
    if (children.empty()) {
      const std::vector<std::string> choices = argument_choices(*command.app);
      const std::string argument = choices.empty()
                                       ? "'*:file:_files'"
                                       : fmt::format("'1:value:({})'", fmt::join(choices, " "));
      functions += fmt::format("  _arguments -s \\\n{}        {}\n}}\n\n", options, argument);
      continue;
    }
    std::string names, cases;
    for (const CLI::App* child : children) {
      names += fmt::format(
          "    {}\n", single_quoted(child->get_name() + ":" + child->get_description(), "'\\''"));
      cases += fmt::format("        {0}) {1}_{0} ;;\n", child->get_name(), name);
    }
    functions += fmt::format(
        "  local -a commands=(\n{}  )\n"
        "  local context state line\n"
        "  _arguments -C \\\n{}        '1:command:->command' \\\n        '*::argument:->argument'\n"
        "  case $state in\n"
        "    command) _describe command commands ;;\n"
        "    argument)\n      case $line[1] in\n{}      esac ;;\n"
        "  esac\n}}\n\n",
        names, options, cases);
  }
  return "#compdef newbie\n# zsh completion for newbie: put it into a folder of $fpath as "
         "_newbie.\n\n" +
         functions + "compdef _newbie newbie\n";
}

std::string fish(const CLI::App& program) {
  std::string out =
      "# fish completion for newbie: put it into ~/.config/fish/completions/newbie.fish.\n"
      "function __newbie_at\n"
      "    set -l words (commandline -opc | string match -v -- '-*')\n"
      "    set -l depth (count $argv)\n"
      "    test (count $words) -gt $depth; or return 1\n"
      "    for i in (seq $depth)\n"
      "        test \"$argv[$i]\" = \"$words[(math $i + 1)]\"; or return 1\n"
      "    end\n"
      "end\n"
      "function __newbie_exactly\n"
      "    set -l words (commandline -opc | string match -v -- '-*')\n"
      "    test (count $words) -eq (math (count $argv) + 1); and __newbie_at $argv\n"
      "end\n";
  for (const CommandEntry& command : commands_of(program)) {
    const std::string path = fmt::format("{}", fmt::join(command.path, " "));
    const std::string here = single_quoted("__newbie_at " + path, "\\'");
    for (const CLI::App* child : command.app->get_subcommands({})) {
      out += fmt::format("complete -c newbie -f -n {} -a {} -d {}\n",
                         single_quoted("__newbie_exactly " + path, "\\'"), child->get_name(),
                         single_quoted(child->get_description(), "\\'"));
    }
    const std::vector<std::string> values = argument_choices(*command.app);
    if (!values.empty()) {
      out += fmt::format("complete -c newbie -f -n {} -a '{}'\n", here, fmt::join(values, " "));
    }
    for (const CLI::Option* option : command.app->get_options()) {
      if (flags_of(*option).empty()) continue;
      out += fmt::format("complete -c newbie -n {}", here);
      for (const std::string& letter : option->get_snames()) out += " -s " + letter;
      for (const std::string& word : option->get_lnames()) out += " -l " + word;
      const std::vector<std::string> choices = choices_of(*option);
      if (!choices.empty())
        out += fmt::format(" -x -a '{}'", fmt::join(choices, " "));
      else if (option->get_items_expected_max() > 0)
        out += " -r";
      out += fmt::format(" -d {}\n", single_quoted(option->get_description(), "\\'"));
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& program, const std::string& shell) {
  if (shell == "bash") return bash(program);
  return shell == "zsh" ? zsh(program) : fish(program);
}

void add_completion_command(CLI::App& program) {
  const auto shell = std::make_shared<std::string>("bash");
  CLI::App& command =
      *program.add_subcommand("completion", "Print a completion script for bash, zsh or fish.");
  add_choice(command, "SHELL", *shell, {"bash", "zsh", "fish"}, "the shell");
  add_examples(command,
               "examples:\n"
               "  newbie completion bash > ~/.local/share/bash-completion/completions/newbie\n"
               "  newbie completion zsh > ~/.zfunc/_newbie\n"
               "  newbie completion fish > ~/.config/fish/completions/newbie.fish");
  command.callback([shell, &program] { print_out(completion_script(program, *shell)); });
}

}  // namespace newbie::cli
