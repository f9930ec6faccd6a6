#include "prompt/compile.h"

#include "base/error.h"
#include "base/hash.h"
#include "prompt/canonical.h"
#include "prompt/owners.h"
#include "prompt/system_prompt.h"

namespace newbie::prompt {

namespace {

struct System {
  std::string id;
  std::string text;
};

System preset(const std::string& id) {
  if (const SystemPrompt* found = find_system_prompt(id)) return {id, std::string(found->text)};
  std::vector<std::string_view> names{"auto", "custom"};
  for (const SystemPrompt& known : system_prompts()) names.push_back(known.id);
  Error error("prompt.unknown_system", "there is no system prompt named \"" + id + "\"");
  const std::string near = did_you_mean(id, names);
  throw near.empty() ? error : error.hint("did you mean \"" + near + "\"");
}

System system_by_kind(InputKind kind) {
  const bool structured = kind == InputKind::xml || kind == InputKind::json;
  return preset(structured ? "train-xml" : "train-text");
}

// A system prompt in the text is the author's choice; none is put in front of it.
System system_in_text(const Parsed& parsed, Layout layout) {
  const std::string& sentence = parsed.prompt.system_prefix;
  const SystemPrompt* known = recognise_system_prompt(sentence);
  const std::string id = known ? std::string(known->id) : "source";
  if (layout == Layout::raw) return {id, std::string(parsed.tree.text(parsed.prompt.system_span))};
  return {id, sentence + " "};
}

System choose_system(const Parsed& parsed, const CompileOptions& options) {
  if (options.system == "custom") return {"custom", options.custom_system};
  if (options.system != "auto") return preset(options.system);
  if (!parsed.prompt.system_prefix.empty()) return system_in_text(parsed, options.layout);
  return system_by_kind(parsed.kind());
}

System choose_negative_system(const Parsed& negative, const System& positive,
                              const CompileOptions& options) {
  if (options.negative_system != "same") return preset(options.negative_system);
  if (!negative.prompt.system_prefix.empty()) return system_in_text(negative, options.layout);
  return positive;
}

CompiledText compile_caption(const Parsed& parsed, const CompileOptions& options) {
  CompiledText out;
  out.kind = parsed.kind();
  const Prompt canonical = canonicalize(parsed.prompt, options.tags);
  out.content_hash = hash64(print(canonical));
  add_regions(canonical, out);
  if (options.layout == Layout::raw) {
    out.caption = std::string(parsed.source().substr(parsed.prompt.system_span.end));
    add_raw_spans(parsed, out);
  } else {
    Printed printed = print_with_spans(canonical, options.layout, Notation::compiled);
    add_spans(parsed, canonical, printed, out);
    out.caption = std::move(printed.text);
  }
  return out;
}

void put_together(CompiledText& out, System system, const CompileOptions& options,
                  bool with_system) {
  if (!with_system) system = {"none", ""};
  out.system_id = std::move(system.id);
  out.system_text = std::move(system.text);
  out.gemma_caption_offset = out.system_text.size();
  out.gemma = out.system_text + out.caption;
  const bool jina_reads_system = options.jina_system == JinaSystem::with;
  out.jina_caption_offset = jina_reads_system ? out.gemma_caption_offset : 0;
  out.jina = jina_reads_system ? out.gemma : out.caption;
}

CompiledText compile_negative(const Parsed& negative, const System& positive,
                              const CompileOptions& options) {
  CompiledText out = compile_caption(negative, options);
  const bool with_system =
      options.negative_system_when == NegativeSystem::always ||
      (options.negative_system_when == NegativeSystem::when_not_empty && !out.caption.empty());
  put_together(out, choose_negative_system(negative, positive, options), options, with_system);
  return out;
}

}  // namespace

CompiledText compile_positive(const Parsed& parsed, const CompileOptions& options) {
  CompiledText out = compile_caption(parsed, options);
  put_together(out, choose_system(parsed, options), options, true);
  return out;
}

Compiled compile(const Parsed& positive, const Parsed& negative, const CompileOptions& options) {
  Compiled out;
  out.positive = compile_positive(positive, options);
  out.negative =
      compile_negative(negative, {out.positive.system_id, out.positive.system_text}, options);
  return out;
}

Compiled compile(std::string_view positive, std::string_view negative,
                 const CompileOptions& options) {
  return compile(parse(std::string(positive), options.parse),
                 parse(std::string(negative), options.parse), options);
}

}  // namespace newbie::prompt
