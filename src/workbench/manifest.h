#pragma once
/// What stands beside a picture: everything about it as JSON.

#include <string>

#include "newbie/engine.h"

namespace newbie::workbench {

/// What a run took; not part of the picture, different every time.
struct RunFacts {
  RunReport report;
  std::string made_at;  ///< UTC, "2026-11-23T07:50:00Z"
  int64_t threads = 0;
};

/// Manifest of one picture: its file's name, size and hash; the recipe with all parameters and the
/// hashes of weights, texts, noise and pixels; and, under the key `run` alone, time and memory. Two
/// runs of one recipe differ in `run` only.
std::string manifest_of(const GeneratedImage& picture, const std::string& file_name,
                        const RunFacts& run);

/// Now, as manifests say it.
std::string utc_now();

}  // namespace newbie::workbench
