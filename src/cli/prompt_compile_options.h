#pragma once
/// Options of everything that compiles: which system prompt, which layout, which negative.

#include <CLI/App.hpp>
#include <string>

#include "cli/prompt_settings.h"
#include "prompt/compile.h"

namespace newbie::cli {

struct CompileSettings {
  ParseSettings parse;
  std::string negative_file;
  std::string negative_text;
  std::string layout = "canonical";
  std::string system = "auto";
  std::string system_text;
  std::string negative_system = "same";
  std::string negative_system_when = "not-empty";
  std::string jina_system = "without";
  bool lenient = false;

  void add_to(CLI::App& command);
  /// Errors: `prompt.unknown_system`.
  prompt::CompileOptions options() const;
  /// The negative prompt's text. Errors: `request.usage`, `file.*`.
  std::string negative() const;
};

/// A compiled prompt and the parsed text it came from.
struct CompiledPrompt {
  prompt::Parsed parsed;
  prompt::Compiled compiled;
};

/// Compiles a source. Errors in the prompt are shown on standard error; without `lenient` they end
/// the command with exit code 1.
CompiledPrompt compile_source(const std::string& text, const std::string& name,
                              const CompileSettings& settings);

}  // namespace newbie::cli
