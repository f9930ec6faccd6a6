#pragma once
/// A picture with everything known about it, for research: the same recipe, the same files.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "newbie/engine.h"

namespace newbie::workbench {

/// Where one picture and its manifest were written.
struct SnapshotFiles {
  std::filesystem::path picture;
  std::filesystem::path manifest;
  std::string id;  ///< of the recipe
};

/// Where picture `index` with `seed` goes.
using Place = std::function<std::filesystem::path(int64_t index, uint64_t seed)>;

/// Draws the request and writes each picture with its manifest beside it (x.png, x.json). Pictures
/// are written as soon as they are done, manifests at the end, since they tell the time it took.
/// `report` gets what the run took. Errors: those of Engine::generate, `file.*`.
std::vector<SnapshotFiles> make_snapshot(Engine& engine, const GenerateRequest& request,
                                         const Place& place, GenerateEvents events, int64_t threads,
                                         RunReport* report = nullptr);

/// The manifest of a picture: the same name with .json.
std::filesystem::path manifest_path(const std::filesystem::path& picture);

}  // namespace newbie::workbench
