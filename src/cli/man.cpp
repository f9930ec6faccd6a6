/// `newbie man`: manual pages, written from the program's own description.

#include "cli/man.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "newbie/version.h"

namespace newbie::cli {
namespace {

/// Text as roff shows it: no line may start as a request, and `-` must stay a hyphen-minus.
std::string roff(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool line_start = i == 0 || text[i - 1] == '\n';
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

/// `newbie-prompt-check`
std::string page_name(const CLI::App& command) {
  std::string name = command_path(command);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string sentence(std::string text) {
  while (text.ends_with('.')) text.pop_back();
  return text;
}

std::string option_term(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const std::string& letter : option.get_snames())
    flags.push_back("\\fB\\-" + letter + "\\fR");
  for (const std::string& word : option.get_lnames()) {
    flags.push_back("\\fB\\-\\-" + roff(word) + "\\fR");
  }
  std::string term = fmt::format("{}", fmt::join(flags, ", "));
  if (option.get_items_expected_max() > 0) {
    term += " \\fI" + roff(option.get_type_name()) + "\\fR";
  }
  return term;
}

std::string described(const CLI::Option& option) {
  std::string text = roff(option.get_description());
  const std::string value = option.get_default_str();
  if (!value.empty() && value != "[]" && option.get_items_expected_max() > 0) {
    text += " (default: " + roff(value) + ")";
  }
  if (!option.get_envname().empty()) text += ". Environment: \\fB" + option.get_envname() + "\\fR";
  return text;
}

std::string synopsis(const CLI::App& command) {
  std::string out = ".SH SYNOPSIS\n\\fB" + roff(command_path(command)) + "\\fR";
  if (!command.get_subcommands({}).empty()) out += " \\fICOMMAND\\fR";
  out += " [\\fIOPTIONS\\fR]";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional() || option->get_group().empty()) continue;
    const std::string name = "\\fI" + roff(option->get_name(true)) + "\\fR";
    out += option->get_required() ? " " + name : " [" + name + "]";
    if (option->get_items_expected_max() > 1) out += "...";
  }
  return out + "\n";
}

std::string commands_of(const CLI::App& command) {
  std::string out;
  for (const CLI::App* child : command.get_subcommands({})) {
    if (child->get_group().empty()) continue;
    out += fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", roff(page_name(*child)),
                       roff(child->get_description()));
  }
  return out.empty() ? "" : ".SH COMMANDS\n" + out;
}

std::string arguments_of(const CLI::App& command) {
  std::string out;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional() || option->get_group().empty()) continue;
    out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(option->get_name(true)), described(*option));
  }
  return out.empty() ? "" : ".SH ARGUMENTS\n" + out;
}

/// Options under the names of their groups, the ungrouped first.
std::string options_of(const CLI::App& command) {
  std::vector<std::pair<std::string, std::string>> groups{{"Options", ""}};
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() || option->get_group().empty()) continue;
    auto group =
        std::ranges::find(groups, option->get_group(), [](const auto& g) { return g.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {option->get_group(), ""});
    group->second += ".TP\n" + option_term(*option) + "\n" + described(*option) + "\n";
  }
  std::string out = ".SH OPTIONS\n";
  for (const auto& [name, options] : groups) {
    if (options.empty()) continue;
    if (name != "Options") out += ".SS " + roff(name) + "\n";
    out += options;
  }
  return out;
}

/// The end of the help, as it is: paragraphs that end in a colon are headings.
std::string notes_of(const CLI::App& command) {
  const std::string footer = command.get_footer();
  if (footer.empty()) return "";
  const bool headed = footer.find(":\n") != footer.npos;
  return fmt::format(".SH {}\n.nf\n{}\n.fi\n", headed ? "NOTES" : "EXAMPLES", roff(footer));
}

std::string see_also(const CLI::App& command) {
  std::vector<std::string> others;
  if (const CLI::App* parent = command.get_parent()) {
    others.push_back(fmt::format("\\fB{}\\fR(1)", roff(page_name(*parent))));
    for (const CLI::App* sibling : parent->get_subcommands({})) {
      if (sibling == &command || sibling->get_group().empty()) continue;
      others.push_back(fmt::format("\\fB{}\\fR(1)", roff(page_name(*sibling))));
    }
  }
  return others.empty() ? "" : fmt::format(".SH SEE ALSO\n{}\n", fmt::join(others, ",\n"));
}

std::string page_of(const CLI::App& command) {
  std::string title = page_name(command);
  std::ranges::transform(title, title.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return fmt::format(".TH {} 1 \"\" \"newbie {}\" \"newbie\"\n", roff(title), version()) +
         ".ad l\n" +  // long lists of choices cannot be stretched
         fmt::format(".SH NAME\n{} \\- {}\n", roff(page_name(command)),
                     roff(sentence(command.get_description()))) +
         synopsis(command) + commands_of(command) + arguments_of(command) + options_of(command) +
         notes_of(command) + see_also(command);
}

void collect(const CLI::App& command, std::map<std::string, std::string>& pages) {
  pages[page_name(command) + ".1"] = page_of(command);
  for (const CLI::App* child : command.get_subcommands({})) {
    if (!child->get_group().empty()) collect(*child, pages);
  }
}

void run(const CLI::App& program, const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, page] : man_pages(program)) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    write_file(path, page);
    print_out(path.generic_string() + "\n");
  }
}

}  // namespace

std::map<std::string, std::string> man_pages(const CLI::App& program) {
  std::map<std::string, std::string> pages;
  collect(program, pages);
  return pages;
}

void add_man_command(CLI::App& program) {
  const auto folder = std::make_shared<std::string>();
  CLI::App& command =
      *program.add_subcommand("man", "Write the manual pages of all commands into a folder.");
  command.add_option("DIR", *folder, "where the pages go")->type_name("DIR")->required();
  add_examples(command,
               "examples:\n"
               "  newbie man ~/.local/share/man/man1 && man newbie-generate");
  command.callback([folder, &program] { run(program, *folder); });
}

}  // namespace newbie::cli
