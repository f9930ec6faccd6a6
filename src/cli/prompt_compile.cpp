/// `newbie prompt compile`: the exact texts for both encoders, weights and regions.

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_compile_options.h"
#include "cli/prompt_json.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"

namespace newbie::cli {
namespace {

struct CompileCommand {
  SourceArguments source;
  CompileSettings compile;
  std::string only = "all";
  bool json = false;
};

std::string heading(std::string_view text) {
  const Style s = style(stdout);
  return fmt::format("{}{}{}\n", s.bold, text, s.reset);
}

std::string block(std::string_view title, std::string_view text) {
  if (text.empty()) return heading(fmt::format("{}: empty", title)) + "\n";
  return heading(fmt::format("{}, {} bytes", title, text.size())) + std::string(text) + "\n\n";
}

std::string weights_and_regions(const prompt::CompiledText& text) {
  std::string out;
  if (!text.weights.empty()) out += heading("weights, in bytes of the caption");
  for (const prompt::WeightSpan& weight : text.weights) {
    out += fmt::format("  {:>5}..{:<5} {:<5g} {}\n", weight.span.begin, weight.span.end,
                       weight.weight, visible(weight.span.of(text.caption)));
  }
  if (!text.regions.empty()) out += heading("regions");
  for (const prompt::Region& region : text.regions) {
    out += fmt::format("  character_{}  {}", region.character,
                       region.position.empty() ? "anywhere" : region.position);
    if (region.box) {
      out += fmt::format("  box {:g},{:g} to {:g},{:g}", region.box->x1, region.box->y1,
                         region.box->x2, region.box->y2);
    }
    out += "\n";
  }
  return out;
}

std::string everything(const prompt::Compiled& compiled) {
  const prompt::CompiledText& text = compiled.positive;
  const Style s = style(stdout);
  std::string out = fmt::format("{}input{} {}   {}system{} {}   {}content{} {}\n\n", s.dim, s.reset,
                                prompt::to_string(text.kind), s.dim, s.reset, text.system_id, s.dim,
                                s.reset, hex64(text.content_hash));
  out += block("Gemma reads", text.gemma) + block("Jina reads", text.jina);
  out += block("Gemma reads of the negative", compiled.negative.gemma);
  out += block("Jina reads of the negative", compiled.negative.jina);
  return out + weights_and_regions(text);
}

void run(const CompileCommand& settings) {
  const PromptSource source = first_prompt(read_source(settings.source));
  const prompt::Compiled compiled =
      compile_source(source.text, source.name, settings.compile).compiled;
  if (settings.json) {
    const Json all = {{"name", source.name},
                      {"positive", compiled_json(compiled.positive)},
                      {"negative", compiled_json(compiled.negative)}};
    print_out(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else if (settings.only == "all") {
    print_out(everything(compiled));
  } else {
    const prompt::CompiledText& text =
        settings.only.starts_with("negative") ? compiled.negative : compiled.positive;
    print_out(settings.only.ends_with("gemma") ? text.gemma : text.jina);
  }
}

}  // namespace

void add_prompt_compile(CLI::App& group) {
  const auto settings = std::make_shared<CompileCommand>();
  CLI::App& command = *group.add_subcommand(
      "compile", "Print the exact texts that both encoders read, with weights and regions.");
  add_one_source(command, settings->source);
  add_choice(command, "--only", settings->only,
             {"all", "gemma", "jina", "negative-gemma", "negative-jina"},
             "print one text alone, byte for byte, without a line break behind it");
  settings->compile.add_to(command);
  command.add_flag("--json", settings->json, "print texts, spans, weights and regions as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt compile portrait.xml\n"
               "  newbie prompt compile portrait.xml --only gemma | wc -c\n"
               "  newbie prompt compile portrait.xml --system comfy-xml --jina-system with\n"
               "\n"
               "exit codes:\n"
               "  0  done\n"
               "  1  the prompt has errors (see `newbie prompt check`)\n"
               "  2  wrong usage, or a file that cannot be read");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
