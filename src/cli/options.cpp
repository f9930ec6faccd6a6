#include "cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"

namespace newbie::cli {

CLI::Option* add_choice(CLI::App& command, const std::string& flags, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description) {
  const auto check = [choices](const std::string& given) -> std::string {
    if (std::ranges::find(choices, given) != choices.end()) return "";
    const std::string near = did_you_mean(given, {choices.begin(), choices.end()});
    const std::string list = fmt::format("{}", fmt::join(choices, ", "));
    return fmt::format("`{}` is not one of {}{}", given, list,
                       near.empty() ? "" : fmt::format("; did you mean `{}`?", near));
  };
  return command.add_option(flags, value, description)
      ->check(CLI::Validator(check, ""))
      ->type_name(fmt::format("{}", fmt::join(choices, "|")))
      ->capture_default_str();
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string names = option.get_type_name();
  std::vector<std::string> choices;
  if (names.find('|') == names.npos) return choices;
  for (size_t begin = 0; begin <= names.size();) {
    const size_t end = std::min(names.find('|', begin), names.size());
    choices.push_back(names.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

void add_examples(CLI::App& command, const std::string& examples) { command.footer(examples); }

}  // namespace newbie::cli
