#include "train/data/captions.h"

#include "prompt/lint.h"
#include "prompt/system_prompt.h"
#include "prompt/tag_table.h"

namespace newbie::train {
namespace {

prompt::InputKind kind_named(const std::string& name) {
  using enum prompt::InputKind;
  for (const auto kind : {xml, tags, text, json}) {
    if (prompt::to_string(kind) == name) return kind;
  }
  return automatic;
}

}  // namespace

CaptionCompiler::CaptionCompiler(const CaptionsSection& section) {
  options_.parse.kind = kind_named(section.kind);
  options_.layout = *prompt::layout_from_string(section.layout);
  options_.tags = &prompt::tag_table();
  const std::string& system = section.system_prompt;
  const bool known = system == "auto" || system == "none" || prompt::find_system_prompt(system);
  options_.system = known ? system : "custom";
  if (!known) options_.custom_system = system;
}

std::vector<prompt::Diagnostic> CaptionCompiler::errors(const std::string& caption) const {
  prompt::LintOptions lint;
  lint.tags = options_.tags;
  auto findings = prompt::check(prompt::parse(caption, options_.parse), lint);
  std::erase_if(findings, [](const prompt::Diagnostic& finding) {
    return finding.severity != prompt::Severity::error;
  });
  return findings;
}

CaptionTexts CaptionCompiler::operator()(const std::string& caption) const {
  const auto compiled = prompt::compile_positive(prompt::parse(caption, options_.parse), options_);
  return {compiled.gemma, compiled.jina};
}

CaptionTexts CaptionCompiler::empty() const {
  const auto compiled = prompt::compile("", "", options_);
  return {compiled.negative.gemma, compiled.negative.jina};
}

}  // namespace newbie::train
