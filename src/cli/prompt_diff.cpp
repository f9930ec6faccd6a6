/// `newbie prompt diff`: what changed for whom, also as git's external diff.

#include <fmt/format.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_settings.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "newbie/error.h"
#include "prompt/semantic_diff.h"

namespace newbie::cli {
namespace {

struct DiffSettings {
  std::vector<std::string> files;
  ParseSettings parse;
  bool json = false;
};

Json as_json(const std::vector<prompt::PromptChange>& changes) {
  Json all = Json::array();
  for (const prompt::PromptChange& change : changes) {
    all.push_back({{"kind", prompt::to_string(change.kind)},
                   {"path", change.path},
                   {"subject", change.subject},
                   {"before", change.before},
                   {"after", change.after}});
  }
  return all;
}

std::vector<prompt::PromptChange> compare(const std::string& before, const std::string& after,
                                          const DiffSettings& settings) {
  const prompt::ParseOptions options = settings.parse.options();
  const prompt::Parsed old = prompt::parse(read_prompt_file(before).text, options);
  const prompt::Parsed now = prompt::parse(read_prompt_file(after).text, options);
  return prompt::semantic_diff(old.prompt, now.prompt);
}

std::string rendered(const std::vector<prompt::PromptChange>& changes) {
  return prompt::render_changes(
      changes, use_colour(stdout) ? prompt::DiffColour::on : prompt::DiffColour::off);
}

/// Git's protocol: path old-file old-hex old-mode new-file new-hex new-mode [new-path ...]. A
/// difference is no failure there: git stops at any other exit code than 0.
void run_for_git(const DiffSettings& settings) {
  const Style s = style(stdout);
  const std::string& path = settings.files[0];
  print_out(fmt::format("{}prompt {}{}\n", s.bold, path, s.reset));
  const std::string changes = rendered(compare(settings.files[1], settings.files[4], settings));
  print_out(changes.empty() ? "the same prompt, written differently\n" : changes);
}

void run(const DiffSettings& settings) {
  if (settings.files.size() >= 7) return run_for_git(settings);
  if (settings.files.size() != 2) {
    throw Error("request.usage",
                fmt::format("two prompts are compared, and {} were given", settings.files.size()))
        .hint("newbie prompt diff OLD NEW");
  }
  const std::vector<prompt::PromptChange> changes =
      compare(settings.files[0], settings.files[1], settings);
  if (settings.json) {
    print_out(as_json(changes).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    print_out(rendered(changes));
  }
  finish(changes.empty() ? kClean : kFindings);
}

}  // namespace

void add_prompt_diff(CLI::App& group) {
  const auto settings = std::make_shared<DiffSettings>();
  CLI::App& command = *group.add_subcommand(
      "diff", "Tell what changed between two prompts, and for whom; layout makes no difference.");
  command
      .add_option("FILES", settings->files, "the old prompt and the new one; - is standard input")
      ->type_name("OLD NEW")
      ->required()
      ->expected(2, 64);
  settings->parse.add_to(command);
  command.add_flag("--json", settings->json, "print changes as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt diff old.xml new.xml\n"
               "  git show HEAD:portrait.xml | newbie prompt diff - portrait.xml\n"
               "\n"
               "as git's diff for prompts:\n"
               "  git config diff.newbie.command 'newbie prompt diff'\n"
               "  echo '*.xml diff=newbie' >> .gitattributes\n"
               "\n"
               "exit codes:\n"
               "  0  the prompts mean the same (always, when git calls)\n"
               "  1  they differ\n"
               "  2  wrong usage, or a file that cannot be read");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
