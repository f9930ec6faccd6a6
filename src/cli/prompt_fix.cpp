/// `newbie prompt fix`: mends what can be mended, in place, as a diff, or on standard output.

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_settings.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "newbie/error.h"
#include "prompt/fix.h"
#include "prompt/render.h"

namespace newbie::cli {
namespace {

struct FixSettings {
  SourceArguments sources;
  LintSettings lint;
  FailOn fail_on;
  std::vector<std::string> only;
  bool all = false;
  bool write = false;
  bool diff = false;
  bool check = false;
  bool json = false;
};

std::string coloured_diff(const std::string& diff) {
  const Style s = style(stdout);
  std::string out;
  for (size_t at = 0; at < diff.size();) {
    const size_t end = std::min(diff.find('\n', at), diff.size());
    const std::string line = diff.substr(at, end - at);
    const char* colour = line.starts_with("---") || line.starts_with("+++") ? s.bold
                         : line.starts_with("@@")                           ? s.cyan
                         : line.starts_with("-")                            ? s.red
                         : line.starts_with("+")                            ? s.green
                                                                            : "";
    out += colour + line + (*colour ? s.reset : "") + "\n";
    at = end + 1;
  }
  return out;
}

Json report(const PromptSource& source, const prompt::FixResult& result) {
  Json applied = Json::array();
  for (const prompt::AppliedFix& fix : result.applied) {
    applied.push_back({{"rule", fix.rule}, {"description", fix.description}});
  }
  return {{"name", source.name},
          {"changed", result.text != source.text},
          {"text", result.text},
          {"applied", std::move(applied)},
          {"remaining", Json::parse(prompt::render_json(result.remaining, result.text))}};
}

void describe(const PromptSource& source, const prompt::FixResult& result) {
  const Style s = style(stderr);
  for (const prompt::AppliedFix& fix : result.applied) {
    print_err(fmt::format("{}{}{}: {}{}{} {}\n", s.bold, source.name, s.reset, s.green, fix.rule,
                          s.reset, fix.description));
  }
  const prompt::Colour colour = use_colour(stderr) ? prompt::Colour::on : prompt::Colour::off;
  print_err(prompt::render_terminal(result.remaining, result.text, source.name, colour));
}

void put_out(const FixSettings& settings, const PromptSource& source,
             const prompt::FixResult& result) {
  if (settings.diff) {
    print_out(coloured_diff(prompt::unified_diff(source.text, result.text, source.name)));
  } else if (settings.write) {
    if (result.text != source.text) write_file(source.path, result.text);
  } else if (!settings.check) {
    print_out(result.text);
  }
}

void run(const FixSettings& settings) {
  const LintContext context(settings.lint);
  const std::vector<PromptSource> sources = read_sources(settings.sources);
  const bool to_stdout = !settings.write && !settings.diff && !settings.check && !settings.json;
  if (to_stdout && sources.size() > 1) {
    throw Error("request.usage", fmt::format("{} prompts do not go to one output", sources.size()))
        .hint("--write changes the files, --diff shows what would change");
  }
  prompt::FixOptions options;
  options.level = settings.all ? prompt::FixLevel::all : prompt::FixLevel::safe;
  options.only = rule_ids(settings.only);
  Json files = Json::array();
  bool changed = false;
  bool failed = false;
  for (const PromptSource& source : sources) {
    if (settings.write && source.path.empty()) {
      throw Error("request.usage", fmt::format("{} is no file to write to", source.name));
    }
    refuse_template(source);
    const prompt::FixResult result =
        prompt::fix(source.text, context.parse(), context.lint(), options);
    changed |= result.text != source.text;
    failed |= settings.fail_on.reached(result.remaining);
    if (settings.json) {
      files.push_back(report(source, result));
    } else {
      describe(source, result);
    }
    if (!settings.json || settings.write) put_out(settings, source, result);
  }
  if (settings.json) {
    print_out(files.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  finish(failed || (settings.check && changed) ? kFindings : kClean);
}

}  // namespace

void add_prompt_fix(CLI::App& group) {
  const auto settings = std::make_shared<FixSettings>();
  CLI::App& command = *group.add_subcommand(
      "fix", "Mend what has one sure cure; --all also what changes the meaning.");
  add_many_sources(command, settings->sources);
  command.add_flag("-w,--write", settings->write, "change the files");
  command.add_flag("--diff", settings->diff, "print a unified diff instead of the text");
  command.add_flag("--check", settings->check,
                   "print nothing; exit with 1 when a fix would change "
                   "something");
  command.add_flag("--all", settings->all, "also apply fixes that may change the meaning");
  command.add_option("--only", settings->only, "apply fixes of these rules only")
      ->type_name("RULE,...")
      ->delimiter(',')
      ->expected(1)
      ->take_all();
  settings->lint.add_to(command);
  settings->fail_on.add_to(command, "error");
  command.add_flag("--json", settings->json, "print the fixed texts and what was done as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt fix draft.xml > clean.xml\n"
               "  newbie prompt fix prompts/ --write\n"
               "  newbie prompt fix draft.xml --all --diff\n"
               "  newbie prompt fix draft.xml --only X034 --zh-tags translate\n"
               "\n"
               "exit codes:\n"
               "  0  nothing at or above --fail-on is left\n"
               "  1  findings are left, or --check found something to change\n"
               "  2  wrong usage, or a file that cannot be read or written");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
