#include "model_tools/destination.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace newbie::model_tools {

namespace fs = std::filesystem;

Destination::Destination(fs::path root) : root_(std::move(root)) {
  std::error_code failure;
  if (!fs::exists(root_, failure)) return;
  if (fs::is_directory(root_, failure) && fs::is_empty(root_, failure)) return;
  throw Error("file.exists", fmt::format("{} is there already and not empty", root_.string()))
      .hint("name a folder that does not exist yet");
}

void Destination::require_space(uint64_t bytes) const {
  fs::path existing = fs::absolute(root_);
  std::error_code failure;
  while (!fs::exists(existing, failure) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const auto space = fs::space(existing, failure);
  if (failure || space.available >= bytes) return;
  throw Error("file.disk_full", fmt::format("{} needs {:.1f} GB, but {:.1f} GB are free there",
                                            root_.string(), static_cast<double>(bytes) * 1e-9,
                                            static_cast<double>(space.available) * 1e-9))
      .hint("free some space or choose another place; nothing was written");
}

void Destination::write(const fs::path& below, std::string_view text) {
  std::error_code failure;
  fs::create_directories((root_ / below).parent_path(), failure);
  if (failure) {
    throw Error("file.unwritable",
                fmt::format("{} cannot be made: {}", (root_ / below).parent_path().string(),
                            failure.message()));
  }
  write_file(root_ / below, text);
  files_.push_back(below);
}

}  // namespace newbie::model_tools
