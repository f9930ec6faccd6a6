/// `newbie prompt convert`: tags to XML and back, JSON to XML, and to other programs' layouts.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_settings.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "prompt/canonical.h"
#include "prompt/print.h"
#include "prompt/structure.h"
#include "prompt/tag_table.h"

namespace newbie::cli {
namespace {

struct ConvertSettings {
  SourceArguments source;
  ParseSettings parse;
  std::string to = "xml";
  std::string shared = "other";
  std::string zh_tags = "warn";
  bool quiet = false;
  bool json = false;
};

/// Every tag and where it went, for eyes.
std::string table(const prompt::Structured& result) {
  const Style s = style(stderr);
  size_t tag_width = 0, path_width = 0;
  std::vector<std::string> paths;
  for (const prompt::Placement& placement : result.placements) {
    paths.push_back(fmt::format("{}", fmt::join(placement.paths, ", ")));
    tag_width = std::max(tag_width, utf8::display_width(placement.tag));
    path_width = std::max(path_width, paths.back().size());
  }
  path_width = std::min<size_t>(path_width, 44);
  std::string out;
  for (size_t i = 0; i < paths.size(); ++i) {
    const prompt::Placement& placement = result.placements[i];
    out += fmt::format("  {}  {}{}{}", pad(placement.tag, tag_width), s.cyan,
                       placement.note.empty() ? paths[i] : pad(paths[i], path_width), s.reset);
    if (!placement.note.empty()) out += fmt::format("  {}{}{}", s.yellow, placement.note, s.reset);
    out += "\n";
  }
  for (const std::string& note : result.notes) out += fmt::format("note: {}\n", note);
  if (!result.negative.empty()) {
    out += fmt::format("note: for the negative prompt: {}\n", fmt::join(result.negative, ", "));
  }
  return out;
}

Json as_json(const prompt::Structured& result, const std::string& text) {
  Json placements = Json::array();
  for (const prompt::Placement& placement : result.placements) {
    placements.push_back({{"tag", placement.tag},
                          {"paths", placement.paths},
                          {"note", placement.note},
                          {"bytes", Json::array({placement.source.begin, placement.source.end})}});
  }
  return {{"text", text},
          {"placements", std::move(placements)},
          {"notes", result.notes},
          {"negative", result.negative}};
}

void to_tags(const prompt::Parsed& parsed, const ConvertSettings& settings) {
  const prompt::Flattened result = prompt::flatten(parsed.prompt);
  if (settings.json) {
    const Json all = {{"text", result.text}, {"notes", result.notes}};
    print_out(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  if (!settings.quiet) {
    for (const std::string& note : result.notes) print_err("note: " + note + "\n");
  }
  print_out(result.text + "\n");
}

void to_elements(const prompt::Parsed& parsed, const ConvertSettings& settings) {
  prompt::StructureOptions options;
  if (settings.shared == "all") options.shared = prompt::SharedTags::all;
  if (settings.shared == "first") options.shared = prompt::SharedTags::first;
  options.translate_chinese = settings.zh_tags == "translate";
  const bool has_elements =
      parsed.kind() == prompt::InputKind::xml || parsed.kind() == prompt::InputKind::json;
  prompt::Structured result;
  if (has_elements) {
    result.prompt = prompt::canonicalize(parsed.prompt, &prompt::tag_table());
  } else {
    result = prompt::structure(parsed, options);
  }
  const prompt::Layout layout =
      settings.to == "xml" ? prompt::Layout::canonical : *prompt::layout_from_string(settings.to);
  const std::string text = prompt::print(result.prompt, layout);
  if (settings.json) {
    print_out(as_json(result, text).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  if (!settings.quiet) print_err(table(result));
  print_out(text + "\n");
}

void run(const ConvertSettings& settings) {
  const PromptSource source = read_source(settings.source);
  const prompt::Parsed parsed = prompt::parse(source.text, settings.parse.options());
  if (settings.to == "tags") {
    to_tags(parsed, settings);
  } else {
    to_elements(parsed, settings);
  }
}

}  // namespace

void add_prompt_convert(CLI::App& group) {
  const auto settings = std::make_shared<ConvertSettings>();
  CLI::App& command = *group.add_subcommand(
      "convert", "Turn tag lists, sentences and JSON into XML, and XML into tags or JSON.");
  add_one_source(command, settings->source);
  add_choice(command, "--to", settings->to,
             {"xml", "tags", "json", "readme", "builder", "oneline", "img"},
             "what to turn the prompt into");
  add_choice(command, "--shared", settings->shared, {"other", "all", "first"},
             "where a character's tag goes when the list names several characters and does not say "
             "whose it is");
  add_choice(command, "--zh-tags", settings->zh_tags, {"translate", "warn", "keep"},
             "translate Chinese words that the table knows");
  settings->parse.add_to(command);
  command.add_flag("-q,--quiet", settings->quiet, "do not show where each tag went");
  command.add_flag("--json", settings->json, "print the text and where each tag went as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt convert -t '1girl, blue_hair, serafuku, rain, upper_body'\n"
               "  newbie prompt convert tags.txt --zh-tags translate > portrait.xml\n"
               "  newbie prompt convert portrait.xml --to tags\n"
               "\n"
               "With several characters, write each one's tags on a line of its own:\n"
               "  2girls, beach, sunset\n"
               "  blue_hair, long_hair, school_uniform\n"
               "  pink_hair, twintails, white_dress\n"
               "\n"
               "Where each tag went is told on standard error, the prompt on standard output.\n"
               "\n"
               "exit codes:\n"
               "  0  done\n"
               "  2  wrong usage, or a file that cannot be read");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
