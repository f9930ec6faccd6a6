#pragma once
/// Recipes in files: TOML written by hand, pictures that newbie made, and their manifests.

#include <filesystem>
#include <optional>
#include <string>

#include "workbench/record.h"

namespace newbie::workbench {

/// What to make, from whichever kind of file.
struct RecipeFile {
  GenerateRequest request;
  std::filesystem::path model;  ///< as a TOML names it, relative to the file; else empty
  bool has_prompt = true;       ///< false when a TOML says nothing about it
  std::optional<Record> made;   ///< of pictures and manifests: what it came to last time
  std::string png_hash;         ///< of the whole picture's file, "" for TOML
  std::string made_at;          ///< UTC, of manifests; else ""
};

/// Reads a recipe, telling the kinds apart by their contents. A TOML has the fields of a request as
/// keys, and `model`, `prompt_file` and `negative_file`; its paths are relative to it.
/// Errors: `file.*`, `toml.*`, `json.*`, `recipe.*`, `request.*`, `image.*`.
RecipeFile read_recipe(const std::filesystem::path& path);

/// hash64 of a file's bytes, in hex.
std::string content_hash(const std::string& bytes);

}  // namespace newbie::workbench
