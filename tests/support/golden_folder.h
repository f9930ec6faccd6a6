#pragma once
/// Where the golden data lies: the folder that NEWBIE_GOLDEN_DIR names, or the project's own set.

#include <cstdlib>
#include <filesystem>
#include <string>

namespace newbie::test {

inline std::filesystem::path golden_folder() {
  const char* chosen = std::getenv("NEWBIE_GOLDEN_DIR");
  return chosen != nullptr && *chosen != '\0' ? std::filesystem::path(chosen)
                                              : std::filesystem::path(NEWBIE_TEST_DATA) / "golden";
}

/// The set's one model folder (`tiny-*`); empty when there is none.
inline std::filesystem::path golden_model_folder() {
  if (!std::filesystem::is_directory(golden_folder())) return {};
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (entry.is_directory() && entry.path().filename().string().starts_with("tiny-"))
      return entry.path();
  }
  return {};
}

}  // namespace newbie::test
