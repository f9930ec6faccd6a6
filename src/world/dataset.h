#pragma once
/// Pictures of the world as a training set in files.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "world/sampler.h"

namespace newbie::world {

/// How many pictures, of which seed and size (`side` pixels at 1:1), and what goes with them.
struct DatasetOptions {
  uint64_t count = 100;
  uint64_t seed = 0;
  uint64_t first = 0;  ///< number of the first picture: larger sets are made in pieces
  int64_t side = 256;
  std::vector<std::string> aspects = {"1:1"};  ///< taken in turn
  int characters = 0;                          ///< 0: one to three
  int captions = 4;                            ///< beside the full prompt, per picture
  bool parts = false;
  int threads = 0;
};

/// Writes OUT/1_world/<number>.png with <number>.txt beside it (the layout of kohya's trainers; the
/// text is the first caption), OUT/metadata.jsonl with a line of prompt, captions and ground truth
/// per picture, and OUT/parts/<number>.png, grey part maps, when asked for. The bytes do not depend
/// on the number of threads. `progress` is told how many pictures are done.
/// Errors: `file.*`, `request.cancelled`.
void write_dataset(const std::filesystem::path& out, const DatasetOptions& options,
                   const std::function<void(uint64_t done)>& progress = {},
                   const CancelToken& cancel = {});

/// Ground truth of one picture as one line of JSON: file_name, text (the prompt), seed, size,
/// scene, and per character attributes and box.
std::string truth_json(const Scene& scene, uint64_t seed, Size size, const Rendering& rendering,
                       const std::string& xml, const std::vector<std::string>& captions,
                       const std::string& file_name);

}  // namespace newbie::world
