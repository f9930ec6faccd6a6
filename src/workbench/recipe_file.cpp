#include "workbench/recipe_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/toml.h"
#include "newbie/engine.h"
#include "workbench/fields.h"

namespace newbie::workbench {
namespace {

namespace fs = std::filesystem;

constexpr int kManifest = 1;  // as write_manifest() numbers them
constexpr std::string_view kPngStart = "\x89PNG";

/// Removes a text from the object and returns it. Error: `recipe.field` when it is no text.
std::string taken(Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return "";
  if (!found->is_string()) {
    throw Error("recipe.field", fmt::format("{} is {:.80}, expected a text", key, found->dump()))
        .fact("field", key);
  }
  std::string text = found->get<std::string>();
  json.erase(key);
  return text;
}

/// A path as the file means it. Names without a slash that lie nowhere stay names.
std::string beside(const fs::path& folder, const std::string& path, bool may_be_name = false) {
  if (path.empty() || fs::path(path).is_absolute()) return path;
  const fs::path joined = folder / path;
  const bool name = may_be_name && path.find('/') == std::string::npos && !fs::exists(joined);
  return name ? path : joined.lexically_normal().string();
}

/// The text of the file that `file_key` names, nothing when there is no such key.
std::optional<std::string> taken_text(Json& json, const char* key, const char* file_key,
                                      const fs::path& folder) {
  const std::string file = taken(json, file_key);
  if (file.empty()) return std::nullopt;
  if (json.contains(key)) {
    throw Error("recipe.field", fmt::format("both {} and {} are given", key, file_key))
        .hint("keep one of them")
        .fact("field", file_key);
  }
  try {
    return read_file(beside(folder, file), uint64_t{1} << 20);
  } catch (Error& error) {
    error.fact("field", file_key);
    throw;
  }
}

/// Errors: `recipe.unknown_key`, which fields of a request would not know all names for.
void require_known_keys(const Json& json) {
  std::vector<std::string> names = field_names();
  names.insert(names.end(), {"model", "prompt_file", "negative_file"});
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(names, key) != names.end()) continue;
    const std::string meant = did_you_mean(key, {names.begin(), names.end()});
    throw Error("recipe.unknown_key", fmt::format("a recipe has no key \"{}\"", key))
        .hint(meant.empty() ? "`newbie snapshot --help` lists them"
                            : fmt::format("did you mean \"{}\"?", meant))
        .fact("field", key);
  }
}

/// Runs `body`; an Error that leaves it is told the file, and the line of the key it speaks of.
template <class Body>
void with_line(const fs::path& path, const std::string& text, Body&& body) {
  try {
    body();
  } catch (Error& error) {
    const auto field = error.facts().find("field");
    const int line = field == error.facts().end() ? 0 : line_of_key(text, field->second);
    error.where(line > 0 ? fmt::format("{}, line {}", path.string(), line) : path.string());
    throw;
  }
}

RecipeFile from_toml(const std::string& text, const fs::path& path) {
  Json json = parse_toml(text, path.filename().string()).value();
  const fs::path folder = path.parent_path();
  RecipeFile recipe;
  recipe.has_prompt = json.contains("prompt") || json.contains("prompt_file");
  // Past JSON, which could not hold the bytes of a file that is not UTF-8.
  std::optional<std::string> prompt, negative;
  with_line(path, text, [&] {
    require_known_keys(json);
    recipe.model = beside(folder, taken(json, "model"));
    prompt = taken_text(json, "prompt", "prompt_file", folder);
    negative = taken_text(json, "negative", "negative_file", folder);
    recipe.request = request_from_json(json.dump());
  });
  GenerateRequest& request = recipe.request;
  if (prompt) request.prompt = *prompt;
  if (negative) request.negative = *negative;
  request.init = beside(folder, request.init);
  request.mask = beside(folder, request.mask);
  request.vae = beside(folder, request.vae, true);
  return recipe;
}

/// A text of an object, "" when there is none.
std::string text_in(const Json& json, const char* key) {
  const bool there = json.is_object() && json.contains(key) && json.at(key).is_string();
  return there ? json.at(key).get<std::string>() : "";
}

RecipeFile from_manifest(const std::string& text, const fs::path& path) {
  const Json json = parse_json(text, path.filename().string()).value();
  const bool whole = json.contains("manifest") && json.contains("recipe") &&
                     json.contains("picture") && json["picture"].is_object();
  if (!whole) {
    throw Error("recipe.damaged", fmt::format("{} is JSON, but no manifest", path.string()))
        .hint("`newbie snapshot` writes manifests");
  }
  if (json["manifest"] != kManifest) {
    throw Error("recipe.newer", fmt::format("{} is a manifest of kind {:.20}, expected {}",
                                            path.string(), json["manifest"].dump(), kManifest))
        .hint("a newer newbie wrote it; the picture beside it holds the recipe, too");
  }
  RecipeFile recipe;
  recipe.made = parse_record(json["recipe"].dump(), path.string());
  recipe.request = recipe.made->request;
  recipe.png_hash = text_in(json["picture"], "hash");
  if (json.contains("run")) recipe.made_at = text_in(json["run"], "made_at");
  return recipe;
}

}  // namespace

std::string content_hash(const std::string& bytes) { return hex64(hash64(bytes)); }

RecipeFile read_recipe(const fs::path& path) {
  const std::string bytes = read_file(path, uint64_t{256} << 20);
  if (bytes.starts_with(kPngStart)) {
    RecipeFile recipe;
    recipe.made = record_of_png(bytes, path.string());
    recipe.request = recipe.made->request;
    recipe.png_hash = content_hash(bytes);
    return recipe;
  }
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool json = first != std::string::npos && bytes[first] == '{';
  return json ? from_manifest(bytes, path) : from_toml(bytes, path);
}

}  // namespace newbie::workbench
