#include "engine/prompt_stage.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/utf8.h"
#include "prompt/chinese.h"
#include "prompt/lint.h"
#include "prompt/render.h"
#include "prompt/system_prompt.h"
#include "prompt/tag_table.h"
#include "prompt/tokens.h"

namespace newbie::engine {
namespace {

class View final : public prompt::TokenizerView {
 public:
  explicit View(const text::Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  std::vector<prompt::Token> encode(std::string_view text) const override {
    std::vector<prompt::Token> out;
    for (const text::Token& token : tokenizer_.encode_with_specials(text)) {
      out.push_back({token.id, token.span});
    }
    return out;
  }

 private:
  const text::Tokenizer& tokenizer_;
};

void require_utf8(const std::string& text, const char* what) {
  if (const auto bad = utf8::first_invalid(text)) {
    const LineColumn at = LineMap(text).locate(*bad);
    throw Error("prompt.invalid_utf8",
                fmt::format("the {} is not UTF-8: byte 0x{:02X} at line {}, column {}", what,
                            static_cast<unsigned char>(text[*bad]), at.line, at.column))
        .hint("save it as UTF-8; `newbie prompt fix` can convert CP1252 and GBK");
  }
}

/// A preset's id, or the system prompt's own text.
void set_system(prompt::CompileOptions& options, const std::string& system) {
  const bool known = system == "auto" || system == "none" || prompt::find_system_prompt(system);
  options.system = known ? system : "custom";
  if (!known) options.custom_system = system;
}

prompt::InputKind kind_named(const std::string& name) {
  using enum prompt::InputKind;
  for (auto kind : {xml, tags, text, json}) {
    if (prompt::to_string(kind) == name) return kind;
  }
  return automatic;
}

}  // namespace

Tokenizers load_tokenizers(const ModelFolder& model) {
  Tokenizers loaded;
  loaded.gemma = load_gemma_tokenizer(model);
  if (!model.clip_model.empty()) loaded.clip = load_xlmr_tokenizer(model);
  return loaded;
}

PreparedPrompt prepare_prompt(const GenerateRequest& request, const Tokenizers& tokenizers,
                              const GenerateEvents& events) {
  require_utf8(request.prompt, "prompt");
  require_utf8(request.negative, "negative prompt");

  prompt::CompileOptions options;
  options.parse.kind = kind_named(request.input_kind);
  options.layout = *prompt::layout_from_string(request.layout);
  options.negative_system = request.negative_system;
  options.tags = &prompt::tag_table();
  set_system(options, request.system_prompt);

  const prompt::Parsed positive = prompt::parse(request.prompt, options.parse);
  const prompt::Parsed negative = prompt::parse(request.negative, {});
  const View gemma(*tokenizers.gemma);
  prompt::LintOptions lint;
  lint.negative = &negative;
  lint.image_size = {static_cast<int>(*request.width), static_cast<int>(*request.height)};
  lint.gemma_tokenizer = &gemma;
  lint.tags = options.tags;
  const auto findings = prompt::check(positive, lint);
  if (events.note) {
    for (const auto& finding : findings) {
      events.note(std::string(prompt::to_string(finding.severity)),
                  prompt::render_terminal(finding, request.prompt, "prompt"));
    }
  }
  if (prompt::has_errors(findings) && !request.lenient) {
    throw Error("prompt.rejected",
                "the prompt has errors, and nobody knows what the model would make of it")
        .hint("`newbie prompt fix` mends most of them; --lenient draws it as it is");
  }

  PreparedPrompt prepared{prompt::compile(positive, negative, options), {}, {}, {}};
  const auto max_tokens = static_cast<size_t>(request.max_tokens);
  const auto ids = [&](const prompt::CompiledText& text, const prompt::TokenMap& tokens) {
    auto made = pipeline::tokenize(*tokenizers.gemma, tokenizers.clip.get(), text.gemma, text.jina,
                                   max_tokens);
    made.weights = pipeline::token_weights(tokens, made.gemma.size());
    return made;
  };
  const auto& texts = prepared.texts;
  prepared.tokens = prompt::map_tokens(texts.positive, prompt::Encoder::gemma, gemma);
  prepared.positive = ids(texts.positive, prepared.tokens);
  prepared.positive.characters =
      pipeline::token_characters(texts.positive, prepared.tokens, prepared.positive.gemma.size());
  prepared.negative =
      ids(texts.negative, prompt::map_tokens(texts.negative, prompt::Encoder::gemma, gemma));
  return prepared;
}

}  // namespace newbie::engine
