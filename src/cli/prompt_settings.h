#pragma once
/// Options that the prompt commands share, and what the language gets from them.

#include <CLI/App.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "prompt/lint.h"
#include "prompt/parse.h"
#include "prompt/tokens.h"

namespace newbie::cli {

/// `--input-kind`.
struct ParseSettings {
  std::string kind = "auto";

  void add_to(CLI::App& command);
  prompt::ParseOptions options() const;
};

/// The two tokenizers of a model folder behind the language's interface.
struct ModelTokenizers {
  std::unique_ptr<prompt::TokenizerView> gemma;
  std::unique_ptr<prompt::TokenizerView> jina;
};
/// Errors: `file.*`, `tokenizer.*`.
ModelTokenizers load_tokenizers(const std::string& model_folder);

/// `--model`.
void add_model_option(CLI::App& command, std::string& folder, const std::string& purpose);

/// What the checks may know: negative prompt, image size, tokenizers, rules to leave out.
struct LintSettings {
  ParseSettings parse;
  std::string negative_file;
  std::string negative_text;
  bool is_negative = false;
  std::string size;
  std::string zh_tags = "warn";
  std::string model;
  std::vector<std::string> disabled;

  void add_to(CLI::App& command);
};

/// The options and everything they point to.
class LintContext {
 public:
  /// Errors: `request.usage`, `prompt.unknown_rule`, `file.*`, `tokenizer.*`.
  explicit LintContext(const LintSettings& settings);

  const prompt::ParseOptions& parse() const { return parse_; }
  const prompt::LintOptions& lint() const { return lint_; }

 private:
  prompt::ParseOptions parse_;
  std::optional<prompt::Parsed> negative_;
  ModelTokenizers tokenizers_;
  prompt::LintOptions lint_;
};

/// `--fail-on error|warning|info|never`.
struct FailOn {
  std::string level = "warning";

  void add_to(CLI::App& command, const std::string& initial);
  bool reached(const std::vector<prompt::Diagnostic>& diagnostics) const;
};

/// Rule ids, checked. Errors: `prompt.unknown_rule`, with the nearest.
std::vector<std::string> rule_ids(const std::vector<std::string>& given);

}  // namespace newbie::cli
