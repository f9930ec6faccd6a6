#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/commands.h"

namespace newbie::cli {
namespace {

constexpr size_t kWidth = 96;
constexpr size_t kWidestName = 30;

struct Row {
  std::string name;
  std::string description;
};

/// Words into lines of at most `width`, the first one at `column` already.
std::string wrapped(const std::string& text, size_t column, size_t width = kWidth) {
  std::string out;
  size_t at = column;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const size_t length = end - begin;
    if (at > column && at + 1 + length > width) {
      out += '\n' + std::string(column, ' ');
      at = column;
    } else if (at > column) {
      out += ' ';
      ++at;
    }
    out += text.substr(begin, length);
    at += length;
    begin = end + 1;
  }
  return out;
}

std::string section(const std::string& title, const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  size_t column = 0;
  for (const Row& row : rows) {
    if (row.name.size() <= kWidestName) column = std::max(column, row.name.size());
  }
  column += 4;  // two blanks on both sides of the name
  std::string out = "\n" + title + ":\n";
  for (const Row& row : rows) {
    out += "  " + row.name;
    const size_t end = row.name.size() + 2;
    out += end + 2 > column ? '\n' + std::string(column, ' ') : std::string(column - end, ' ');
    out += wrapped(row.description, column) + "\n";
  }
  return out;
}

std::string option_name(const CLI::Option& option) {
  std::string name;
  for (const std::string& letter : option.get_snames()) name += "-" + letter + ", ";
  if (name.empty()) name = "    ";
  for (const std::string& word : option.get_lnames()) name += "--" + word + ", ";
  name.resize(name.find_last_not_of(", ") + 1);
  if (option.get_items_expected_max() > 0) name += " " + option.get_type_name();
  return name;
}

std::string option_description(const CLI::Option& option) {
  std::string text = option.get_description();
  const std::string value = option.get_default_str();
  if (!value.empty() && value != "[]" && option.get_items_expected_max() > 0) {
    text += fmt::format(" (default: {})", value);
  }
  return text;
}

std::string argument_name(const CLI::Option& option) {
  std::string name = option.get_name(true);
  if (option.get_items_expected_max() > 1) name += "...";
  return option.get_required() ? name : "[" + name + "]";
}

class HouseFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    std::vector<Row> arguments, options, commands;
    std::string usage = "usage: " + command_path(*app);
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_group().empty()) continue;
      if (option->get_positional()) {
        arguments.push_back({argument_name(*option), option_description(*option)});
      } else {
        options.push_back({option_name(*option), option_description(*option)});
      }
    }
    for (const CLI::App* command : app->get_subcommands({})) {
      commands.push_back({command->get_name(), command->get_description()});
    }
    if (!commands.empty()) usage += " COMMAND";
    usage += " [OPTIONS]";
    for (const Row& argument : arguments) usage += " " + argument.name;
    std::string out = wrapped(app->get_description(), 0) + "\n\n" + usage + "\n";
    out += section("commands", commands) + section("arguments", arguments);
    out += section("options", options);
    if (!app->get_footer().empty()) out += "\n" + app->get_footer() + "\n";
    if (!commands.empty()) {
      out += fmt::format("\n`{} COMMAND --help` tells more about a command.\n", command_path(*app));
    }
    return out;
  }
};

void use_formatter(CLI::App& app, const std::shared_ptr<CLI::FormatterBase>& formatter) {
  app.formatter(formatter);
  app.set_help_flag("-h,--help", "print this help and exit");
  for (CLI::App* command : app.get_subcommands({})) use_formatter(*command, formatter);
}

}  // namespace

void use_house_help(CLI::App& program) {
  use_formatter(program, std::make_shared<HouseFormatter>());
}

std::string command_path(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent ? command_path(*parent) + " " + command.get_name() : command.get_name();
}

}  // namespace newbie::cli
