#include "workbench/session_text.h"

#include <fmt/format.h>

#include "prompt/compile.h"
#include "prompt/semantic_diff.h"
#include "prompt/system_prompt.h"
#include "prompt/tag_table.h"
#include "workbench/completion.h"
#include "workbench/fields.h"

namespace newbie::workbench {
namespace {

std::string prompt_diff(const std::string& before, const std::string& after, bool colour) {
  const auto changes =
      prompt::semantic_diff(prompt::parse(before).prompt, prompt::parse(after).prompt);
  return prompt::render_changes(changes, colour ? prompt::DiffColour::on : prompt::DiffColour::off);
}

bool ends_line(const std::string& text) { return text.empty() || text.ends_with('\n'); }

}  // namespace

size_t open_until_closed(std::string_view text) { return open_elements(text).size(); }

std::string changed_in_words(const GenerateRequest& before, const GenerateRequest& after,
                             bool colour) {
  std::string out;
  for (const FieldChange& change : changed_fields(before, after)) {
    if (change.name == "prompt") {
      const std::string lines = prompt_diff(change.before, change.after, colour);
      out += lines.empty() ? "prompt: the same, written differently\n" : lines;
    } else if (change.name == "negative") {
      out += "negative:\n" + prompt_diff(change.before, change.after, colour);
    } else {
      out += fmt::format("{}: {} -> {}\n", change.name, change.before, change.after);
    }
  }
  return out;
}

std::string request_in_words(const GenerateRequest& request, const GenerateRequest& defaults) {
  std::string out = request.prompt;
  if (!ends_line(out)) out += '\n';
  for (const FieldChange& change : changed_fields(defaults, request)) {
    if (change.name != "prompt") out += fmt::format("{}: {}\n", change.name, change.after);
  }
  return out;
}

std::string explained(const GenerateRequest& request) {
  prompt::CompileOptions options;
  options.layout = *prompt::layout_from_string(request.layout);
  options.tags = &prompt::tag_table();
  const bool known = request.system_prompt == "auto" || request.system_prompt == "none" ||
                     prompt::find_system_prompt(request.system_prompt) != nullptr;
  options.system = known ? request.system_prompt : "custom";
  if (!known) options.custom_system = request.system_prompt;
  const prompt::CompiledText text =
      prompt::compile_positive(prompt::parse(request.prompt), options);
  std::string out = fmt::format("read as {}\n\nGemma reads:\n{}\n\nJina CLIP reads:\n{}\n\n",
                                prompt::to_string(text.kind), text.gemma, text.jina);
  for (const prompt::OwnedSpan& span : text.spans) {
    if (span.kind != prompt::OwnedSpan::Kind::item) continue;
    const std::string weight = span.weight == 1 ? "" : fmt::format("  x {:.2f}", span.weight);
    out += fmt::format("  {:<34} {}{}\n", span.path, span.span.of(text.caption), weight);
  }
  for (const prompt::Region& region : text.regions) {
    if (region.position.empty() && !region.box) continue;
    out += fmt::format("  character {} stands at {}{}\n", region.character, region.position,
                       region.box ? " (box given)" : "");
  }
  return out;
}

}  // namespace newbie::workbench
