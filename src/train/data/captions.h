#pragma once
/// From a caption as somebody wrote it to the texts that the encoders read.

#include <string>
#include <vector>

#include "prompt/compile.h"
#include "prompt/diagnostic.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// What the two encoders read of one caption.
struct CaptionTexts {
  std::string gemma;
  std::string clip;
};

/// Compiles captions as `generate` compiles prompts, so that what was practised is what will be
/// asked. Thread-safe.
class CaptionCompiler {
 public:
  explicit CaptionCompiler(const CaptionsSection& section);

  /// Errors of the caption: nobody knows what it says.
  std::vector<prompt::Diagnostic> errors(const std::string& caption) const;
  CaptionTexts operator()(const std::string& caption) const;
  /// What an emptied caption is: the unconditional of guidance.
  CaptionTexts empty() const;

 private:
  prompt::CompileOptions options_;
};

}  // namespace newbie::train
