/// `newbie prompt explain`: what each encoder receives, token by token, with owners and weights.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_compile_options.h"
#include "cli/prompt_json.h"
#include "cli/prompt_source.h"
#include "cli/prompt_token_table.h"
#include "cli/terminal.h"

namespace newbie::cli {
namespace {

struct ExplainSettings {
  SourceArguments source;
  CompileSettings compile;
  std::string model;
  std::string encoder = "both";
  bool negative = false;
  bool tokens = false;
  bool json = false;
};

struct Side {
  std::string_view name;
  prompt::Encoder encoder;
  const prompt::TokenizerView* tokenizer;
};

std::vector<Side> sides(const ExplainSettings& settings, const ModelTokenizers& tokenizers) {
  std::vector<Side> all;
  if (settings.encoder != "jina") {
    all.push_back({"Gemma", prompt::Encoder::gemma, tokenizers.gemma.get()});
  }
  if (settings.encoder != "gemma") {
    all.push_back({"Jina", prompt::Encoder::jina, tokenizers.jina.get()});
  }
  return all;
}

/// The line above a table: how much it is, and what lies beyond the limits.
std::string headline(const Side& side, const EncoderText& text) {
  const Style s = style(stdout);
  std::string out = fmt::format("{}{}{} reads ", s.bold, side.name, s.reset);
  if (!text.tokens) return out + fmt::format("{} bytes\n", text.text.size());
  const prompt::TokenMap& map = *text.tokens;
  out += fmt::format("{} tokens", map.count());
  if (side.encoder == prompt::Encoder::jina) {
    return out +
           fmt::format(" {}(weights do not act here: one vector is pooled){}\n", s.dim, s.reset);
  }
  const prompt::TokenLimits limits;
  const char* colour = map.count() > limits.positions ? s.red
                       : map.count() > limits.trained ? s.yellow
                                                      : s.green;
  out += fmt::format(" {}of {} trained, {} possible{}\n", colour, limits.trained, limits.positions,
                     s.reset);
  for (const prompt::BeyondLimit& beyond : map.beyond_trained) {
    out += fmt::format("  {}{}: {} tokens beyond the trained length{}\n", s.yellow, beyond.path,
                       beyond.tokens, s.reset);
  }
  for (const prompt::BeyondLimit& beyond : map.beyond_positions) {
    out += fmt::format("  {}{}: {} tokens beyond the last position{}\n", s.red, beyond.path,
                       beyond.tokens, s.reset);
  }
  return out;
}

void explain(const PromptSource& source, const prompt::CompiledText& text,
             const std::vector<Side>& encoders, const ExplainSettings& settings) {
  const Style s = style(stdout);
  print_out(fmt::format("{}{}{}: {}, system prompt {}\n\n", s.bold, source.name, s.reset,
                        prompt::to_string(text.kind), text.system_id));
  for (const Side& side : encoders) {
    const EncoderText seen(text, side.encoder, side.tokenizer);
    if (&side != &encoders.front()) print_out("\n");
    print_out(headline(side, seen));
    print_out(settings.tokens ? token_rows(seen) : owner_rows(seen));
  }
  if (!encoders.front().tokenizer) {
    print_out(
        fmt::format("\n{}Ranges are bytes. Tokens and their count need a model's tokenizers: "
                    "--model DIR{}\n",
                    s.dim, s.reset));
  }
}

void run(const ExplainSettings& settings) {
  const PromptSource source = first_prompt(read_source(settings.source));
  const prompt::Compiled compiled =
      compile_source(source.text, source.name, settings.compile).compiled;
  const prompt::CompiledText& text = settings.negative ? compiled.negative : compiled.positive;
  ModelTokenizers tokenizers;
  if (!settings.model.empty()) tokenizers = load_tokenizers(settings.model);
  const std::vector<Side> encoders = sides(settings, tokenizers);
  if (!settings.json) return explain(source, text, encoders, settings);
  Json all = {
      {"name", source.name}, {"kind", prompt::to_string(text.kind)}, {"system", text.system_id}};
  for (const Side& side : encoders) {
    const EncoderText seen(text, side.encoder, side.tokenizer);
    all[side.encoder == prompt::Encoder::gemma ? "gemma" : "jina"] = seen.json();
  }
  print_out(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

void add_prompt_explain(CLI::App& group) {
  const auto settings = std::make_shared<ExplainSettings>();
  CLI::App& command = *group.add_subcommand(
      "explain", "Show what Gemma and Jina receive: every token, whose it is, what it weighs.");
  add_one_source(command, settings->source);
  add_model_option(command, settings->model, "a model folder, for its tokenizers");
  add_choice(command, "--encoder", settings->encoder, {"both", "gemma", "jina"},
             "which encoder to explain");
  command.add_flag("--tokens", settings->tokens, "one line per token, with ids and bytes");
  command.add_flag("--explain-negative", settings->negative, "explain the negative prompt instead");
  settings->compile.add_to(command);
  command.add_flag("--json", settings->json, "print texts, spans and tokens as JSON");
  add_color_option(command);
  add_examples(
      command,
      "examples:\n"
      "  newbie prompt explain portrait.xml\n"
      "  newbie prompt explain portrait.xml --model weights/nano\n"
      "  newbie prompt explain portrait.xml --model weights/nano --tokens --encoder gemma\n"
      "\n"
      "exit codes:\n"
      "  0  done\n"
      "  1  the prompt has errors (see `newbie prompt check`)\n"
      "  2  wrong usage, or a file that cannot be read");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
