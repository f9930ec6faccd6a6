#pragma once
/// What lies beside weights and must travel with them: tokenizers, scheduler, licence.

#include <filesystem>
#include <map>
#include <string>

#include "model_tools/parts.h"

namespace newbie::model_tools {

/// A text encoder's tokenizer, wherever it was.
struct TokenizerFiles {
  std::map<std::string, std::string> files;  ///< by name
  std::string sentencepiece;                 ///< serialized model; empty when there is none
};

TokenizerFiles find_tokenizer(const std::filesystem::path& root, const OpenedPart& part);

/// "tokenizer.model" for Gemma, "sentencepiece.bpe.model" for Jina CLIP.
std::string sentencepiece_file_name(Part part);

/// Licence, notice and readme files in a model's root, by name.
std::map<std::string, std::string> side_files(const std::filesystem::path& root);

/// The model's scheduler_config.json, or upstream's (flow matching, shift 6).
std::string scheduler_config(const std::filesystem::path& root);

}  // namespace newbie::model_tools
