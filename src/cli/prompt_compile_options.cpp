#include "cli/prompt_compile_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "prompt/lint.h"
#include "prompt/render.h"
#include "prompt/system_prompt.h"
#include "prompt/tag_table.h"

namespace newbie::cli {
namespace {

std::vector<std::string> system_choices(std::initializer_list<std::string> others) {
  std::vector<std::string> ids = others;
  for (const prompt::SystemPrompt& preset : prompt::system_prompts()) {
    if (std::ranges::find(ids, preset.id) == ids.end()) ids.emplace_back(preset.id);
  }
  return ids;
}

}  // namespace

void CompileSettings::add_to(CLI::App& command) {
  command.add_option("--negative", negative_file, "the negative prompt")->type_name("FILE");
  command.add_option("--negative-text", negative_text, "the same, given here")->type_name("PROMPT");
  add_choice(command, "--layout", layout,
             {"canonical", "readme", "builder", "oneline", "img", "json", "raw"},
             "how the text is laid out for the encoders");
  add_choice(command, "--system", system, system_choices({"auto", "none"}),
             "the system prompt in front of Gemma's text; auto: the training one of this kind");
  command
      .add_option("--system-text", system_text, "a system prompt of your own, separator included")
      ->type_name("TEXT");
  add_choice(command, "--negative-system", negative_system, system_choices({"same", "none"}),
             "the system prompt of the negative prompt");
  add_choice(command, "--negative-system-when", negative_system_when,
             {"not-empty", "always", "never"}, "when the negative prompt gets it");
  add_choice(command, "--jina-system", jina_system, {"without", "with"},
             "whether Jina reads the system prompt too");
  parse.add_to(command);
  command.add_flag("--lenient", lenient, "compile although there are errors");
}

prompt::CompileOptions CompileSettings::options() const {
  prompt::CompileOptions options;
  options.parse = parse.options();
  options.layout = *prompt::layout_from_string(layout);
  options.system = system_text.empty() ? system : "custom";
  options.custom_system = system_text;
  options.negative_system = negative_system;
  options.negative_system_when = negative_system_when == "always" ? prompt::NegativeSystem::always
                                 : negative_system_when == "never"
                                     ? prompt::NegativeSystem::never
                                     : prompt::NegativeSystem::when_not_empty;
  options.jina_system =
      jina_system == "with" ? prompt::JinaSystem::with : prompt::JinaSystem::without;
  options.tags = &prompt::tag_table();
  return options;
}

std::string CompileSettings::negative() const {
  if (negative_file.empty()) return negative_text;
  if (!negative_text.empty()) {
    throw Error("request.usage", "the negative prompt is given twice")
        .hint("use --negative or --negative-text");
  }
  return read_prompt_file(negative_file).text;
}

CompiledPrompt compile_source(const std::string& text, const std::string& name,
                              const CompileSettings& settings) {
  const prompt::CompileOptions options = settings.options();
  CompiledPrompt result{prompt::parse(text, options.parse), {}};
  prompt::LintOptions lint;
  lint.tags = options.tags;
  std::vector<prompt::Diagnostic> findings = prompt::check(result.parsed, lint);
  std::erase_if(findings, [](const auto& d) { return d.severity != prompt::Severity::error; });
  if (!findings.empty()) {
    const prompt::Colour colour = use_colour(stderr) ? prompt::Colour::on : prompt::Colour::off;
    print_err(prompt::render_terminal(findings, text, name, colour));
    if (!settings.lenient) {
      print_err("not compiled: mend the errors, or add --lenient\n");
      finish(kFindings);
    }
  }
  result.compiled = prompt::compile(result.parsed, prompt::parse(settings.negative()), options);
  return result;
}

}  // namespace newbie::cli
