/// `newbie prompt format`: the canonical form, or the layout of another program.

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_settings.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "newbie/error.h"
#include "prompt/canonical.h"
#include "prompt/print.h"
#include "prompt/render.h"
#include "prompt/tag_table.h"
#include "prompt/template_library.h"

namespace newbie::cli {
namespace {

struct FormatSettings {
  SourceArguments sources;
  ParseSettings parse;
  std::string layout = "canonical";
  bool write = false;
  bool check = false;
  bool diff = false;
  bool drop_notes = false;
  bool json = false;
};

struct Formatted {
  std::string text;
  size_t lost_notes = 0;  ///< comments that the form has no place for
};

/// The comment a prompt opens with stays on top; others have no place in the canonical form.
Formatted format(const PromptSource& source, const FormatSettings& settings) {
  const prompt::Layout layout = *prompt::layout_from_string(settings.layout);
  if (layout == prompt::Layout::raw) return {source.text};
  const prompt::Parsed parsed = prompt::parse(source.text, settings.parse.options());
  Formatted result;
  result.lost_notes = static_cast<size_t>(
      std::ranges::count(parsed.tree.nodes, prompt::NodeKind::comment, &prompt::Node::kind));
  const std::string_view purpose = prompt::leading_comment(source.text);
  if (!purpose.empty()) {
    result.text = fmt::format("<!-- {} -->\n", purpose);
    --result.lost_notes;
  }
  if (!parsed.prompt.system_prefix.empty()) result.text += parsed.prompt.system_prefix + "\n";
  result.text += prompt::print(prompt::canonicalize(parsed.prompt, &prompt::tag_table()), layout);
  if (!result.text.ends_with('\n')) result.text += '\n';
  return result;
}

void warn_of_notes(const PromptSource& source, const Formatted& result,
                   const FormatSettings& settings) {
  if (result.lost_notes == 0 || settings.drop_notes) return;
  const std::string what =
      fmt::format("{}: {} {} no place in this form", source.name, result.lost_notes,
                  result.lost_notes == 1 ? "comment has" : "comments have");
  if (settings.write) {
    throw Error("prompt.notes_lost", what).hint("add --drop-notes if they may go");
  }
  print_err("note: " + what + "\n");
}

void run(const FormatSettings& settings) {
  const std::vector<PromptSource> sources = read_sources(settings.sources);
  const bool to_stdout = !settings.write && !settings.check && !settings.diff && !settings.json;
  if (to_stdout && sources.size() > 1) {
    throw Error("request.usage", fmt::format("{} prompts do not go to one output", sources.size()))
        .hint("--write changes the files, --check and --diff compare");
  }
  bool changed = false;
  Json files = Json::array();
  for (const PromptSource& source : sources) {
    refuse_template(source);
    const Formatted result = format(source, settings);
    const bool differs = result.text != source.text;
    changed |= differs;
    warn_of_notes(source, result, settings);
    if (settings.write) {
      if (source.path.empty()) {
        throw Error("request.usage", fmt::format("{} is no file to write to", source.name));
      }
      if (differs) write_file(source.path, result.text);
    }
    if (settings.diff) print_out(prompt::unified_diff(source.text, result.text, source.name));
    if (settings.check && differs && !settings.json) {
      print_out(fmt::format("{} is not in {} form\n", source.name, settings.layout));
    }
    if (to_stdout) print_out(result.text);
    files.push_back({{"name", source.name}, {"changed", differs}, {"text", result.text}});
  }
  if (settings.json) {
    print_out(files.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  finish(changed && settings.check ? kFindings : kClean);
}

}  // namespace

void add_prompt_format(CLI::App& group) {
  const auto settings = std::make_shared<FormatSettings>();
  CLI::App& command =
      *group.add_subcommand("format",
                            "Rewrite prompts in the canonical form, or in the layout of "
                            "another program.");
  add_many_sources(command, settings->sources);
  add_choice(command, "--layout", settings->layout,
             {"canonical", "readme", "builder", "oneline", "img", "json", "raw"},
             "how blocks and lines are laid out");
  command.add_flag("-w,--write", settings->write, "change the files");
  command.add_flag("--check", settings->check, "exit with 1 when a prompt is not in this form");
  command.add_flag("--diff", settings->diff, "print a unified diff instead of the text");
  command.add_flag("--drop-notes", settings->drop_notes,
                   "let comments go without a word (the first line's stays)");
  settings->parse.add_to(command);
  command.add_flag("--json", settings->json, "print names, texts and whether they changed as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt format portrait.xml\n"
               "  newbie prompt format prompts/ --check            # in CI\n"
               "  newbie prompt format comfy.json --layout readme\n"
               "\n"
               "exit codes:\n"
               "  0  done\n"
               "  1  --check: some prompt is not in this form\n"
               "  2  wrong usage, a file that cannot be read or written, comments that --write "
               "would lose");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
