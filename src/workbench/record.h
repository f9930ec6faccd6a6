#pragma once
/// The record of a made picture: what its PNG or its manifest says about how it came to be.

#include <filesystem>
#include <map>
#include <string>

#include "newbie/request.h"

namespace newbie::workbench {

using Hashes = std::map<std::string, std::string>;

/// The stages that a record holds a hash of, in the order in which a picture passes them.
inline constexpr const char* kStages[] = {"conditioning", "noise", "latent", "pixels"};

/// The chunk `newbie` of a picture, read.
struct Record {
  std::string id;  ///< of the recipe; see Engine::recipe_id
  std::string version;
  std::string device_class;
  std::string model_name;
  GenerateRequest request;
  Hashes weights;
  Hashes inputs;
  Hashes stages;
  std::string gemma_text;
  std::string jina_text;
  std::string json;  ///< the chunk itself
};

/// Errors: `recipe.damaged`, `json.*`, `request.*` (a recipe of a newer version may have fields
/// that this one lacks).
Record parse_record(const std::string& json, const std::string& name);

/// Errors: `recipe.none` when the picture holds none of ours; `file.*`, `image.*`.
Record record_of_png(const std::string& bytes, const std::string& name);

}  // namespace newbie::workbench
