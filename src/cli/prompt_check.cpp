/// `newbie prompt check`: findings of files and folders, for people, programs and CI.

#include <fmt/format.h>

#include <array>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_settings.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "prompt/render.h"

namespace newbie::cli {
namespace {

struct CheckSettings {
  SourceArguments sources;
  LintSettings lint;
  FailOn fail_on;
  bool json = false;
  bool quiet = false;
};

/// Findings per severity: info, warning, error.
using Counts = std::array<size_t, 3>;

std::string plural(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string summary(size_t prompts, const Counts& counts) {
  const Style s = style(stdout);
  if (counts == Counts{}) {
    return fmt::format("{}{}: no findings{}\n", s.green, plural(prompts, "prompt"), s.reset);
  }
  return fmt::format("{}: {}{}{}, {}{}{}, {}\n", plural(prompts, "prompt"), counts[2] ? s.red : "",
                     plural(counts[2], "error"), s.reset, counts[1] ? s.yellow : "",
                     plural(counts[1], "warning"), s.reset, plural(counts[0], "note"));
}

Json report(const PromptSource& source, const prompt::Parsed& parsed,
            const std::vector<prompt::Diagnostic>& findings) {
  Json file;
  file["name"] = source.name;
  file["kind"] = prompt::to_string(parsed.kind());
  file["findings"] = Json::parse(prompt::render_json(findings, source.text));
  return file;
}

void run(const CheckSettings& settings) {
  const LintContext context(settings.lint);
  const std::vector<PromptSource> sources = read_sources(settings.sources);
  Counts counts{};
  bool failed = false;
  Json files = Json::array();
  for (const PromptSource& read : sources) {
    const PromptSource source = first_prompt(read);
    const prompt::Parsed parsed = prompt::parse(source.text, context.parse());
    const std::vector<prompt::Diagnostic> findings = prompt::check(parsed, context.lint());
    for (const prompt::Diagnostic& finding : findings) {
      ++counts[static_cast<size_t>(finding.severity)];
    }
    failed |= settings.fail_on.reached(findings);
    if (settings.json) {
      files.push_back(report(source, parsed, findings));
    } else if (!settings.quiet) {
      const prompt::Colour colour = use_colour(stdout) ? prompt::Colour::on : prompt::Colour::off;
      print_out(prompt::render_terminal(findings, source.text, source.name, colour));
    }
  }
  if (settings.json) {
    Json all;
    all["files"] = std::move(files);
    all["summary"] = {{"prompts", sources.size()},
                      {"errors", counts[2]},
                      {"warnings", counts[1]},
                      {"notes", counts[0]}};
    print_out(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    print_out(summary(sources.size(), counts));
  }
  finish(failed ? kFindings : kClean);
}

}  // namespace

void add_prompt_check(CLI::App& group) {
  const auto settings = std::make_shared<CheckSettings>();
  CLI::App& command = *group.add_subcommand(
      "check", "Find mistakes: 42 rules, with the place, the reason and the fix.");
  add_many_sources(command, settings->sources);
  settings->lint.add_to(command);
  settings->fail_on.add_to(command, "warning");
  command.add_flag("-q,--quiet", settings->quiet, "print the summary only");
  command.add_flag("--json", settings->json, "print findings as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt check portrait.xml\n"
               "  newbie prompt check prompts/ --fail-on error          # in CI\n"
               "  newbie prompt check portrait.xml --negative bad.txt   # tags in both\n"
               "  echo '1girl, bleu_hair, smile' | newbie prompt check\n"
               "\n"
               "exit codes:\n"
               "  0  nothing at or above --fail-on\n"
               "  1  findings at or above --fail-on\n"
               "  2  wrong usage, or a file that cannot be read");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
