/// `newbie prompt rules`: the table of rules, or one rule in full.

#include <fmt/format.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_settings.h"
#include "cli/terminal.h"
#include "prompt/rules.h"

namespace newbie::cli {
namespace {

struct RulesSettings {
  std::vector<std::string> ids;
  bool json = false;
};

std::string_view fix_word(prompt::FixKind kind) {
  switch (kind) {
    case prompt::FixKind::safe:
      return "fix";
    case prompt::FixKind::unsafe:
      return "fix --all";
    case prompt::FixKind::none:
      break;
  }
  return "-";
}

const char* severity_colour(const Style& s, prompt::Severity severity) {
  if (severity == prompt::Severity::error) return s.red;
  return severity == prompt::Severity::warning ? s.yellow : s.cyan;
}

std::string row(const prompt::Rule& rule) {
  const Style s = style(stdout);
  return fmt::format("{}{}{}  {}{}{}  {}  {}\n", s.bold, rule.id, s.reset,
                     severity_colour(s, rule.severity), pad(prompt::to_string(rule.severity), 7),
                     s.reset, pad(fix_word(rule.fix), 9), rule.title);
}

std::string in_full(const prompt::Rule& rule) {
  const Style s = style(stdout);
  std::string out = fmt::format("{}{}{} {}: {}{}{}\n\n{}\n", severity_colour(s, rule.severity),
                                prompt::to_string(rule.severity), s.reset, rule.id, s.bold,
                                rule.title, s.reset, rule.explanation);
  if (!rule.example.empty()) out += fmt::format("\nexample:\n{}\n", rule.example);
  if (rule.fix != prompt::FixKind::none) {
    out += fmt::format("\n{} ({})\n", rule.fix_note, fix_word(rule.fix));
  }
  return out;
}

Json as_json(const prompt::Rule& rule) {
  return {{"id", rule.id},
          {"severity", prompt::to_string(rule.severity)},
          {"title", rule.title},
          {"explanation", rule.explanation},
          {"example", rule.example},
          {"fix", rule.fix == prompt::FixKind::none   ? "none"
                  : rule.fix == prompt::FixKind::safe ? "safe"
                                                      : "unsafe"},
          {"fix_note", rule.fix_note}};
}

void run(const RulesSettings& settings) {
  std::vector<const prompt::Rule*> chosen;
  for (const std::string& id : rule_ids(settings.ids)) {
    chosen.push_back(prompt::find_rule_by_id(id));
  }
  const bool all = chosen.empty();
  if (all) {
    for (const prompt::Rule& rule : prompt::rules()) chosen.push_back(&rule);
  }
  Json rules = Json::array();
  std::string out;
  for (const prompt::Rule* rule : chosen) {
    rules.push_back(as_json(*rule));
    if (!all && !out.empty()) out += "\n";
    out += all ? row(*rule) : in_full(*rule);
  }
  print_out(settings.json ? rules.dump(2) + "\n" : out);
}

}  // namespace

void add_prompt_rules(CLI::App& group) {
  const auto settings = std::make_shared<RulesSettings>();
  CLI::App& command =
      *group.add_subcommand("rules", "List the rules of `check`, or explain some of them.");
  command.add_option("RULE", settings->ids, "rule ids; none: the whole table")->type_name("RULE");
  command.add_flag("--json", settings->json, "print rules as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt rules\n"
               "  newbie prompt rules X017");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
