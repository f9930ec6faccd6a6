#pragma once
/// Looking at every picture and caption before training starts: what is wrong is named all at once,
/// and nothing is learnt from a broken file.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "train/data/captions.h"
#include "train/data/dataset.h"
#include "train/data/files.h"

namespace newbie::train {

/// One thing that is wrong with a file of the data, and what to do about it.
struct DataFinding {
  enum class Severity : uint8_t { warning, error } severity;
  std::string code;  ///< "data.tiny"
  std::string file;
  std::string what;
  std::string fix;
};

/// What counts as wrong: pictures whose shorter side has fewer than `smallest` pixels, and captions
/// that are missing or have errors.
struct DataCheckOptions {
  int64_t smallest = 256;
  bool captions_needed = true;
  bool lenient = false;
  int threads = 0;
  CancelToken cancel = {};
  std::function<void(int64_t done, int64_t total)> progress = {};
};

/// What was found, and the examples that can be learnt from.
struct CheckedFiles {
  std::vector<DataFinding> findings;  ///< in order of files
  std::unique_ptr<Dataset> examples;  ///< without the files that have errors

  bool has_errors() const;
};

/// Decodes every picture once. Findings: `data.unreadable`, `data.tiny`, `data.duplicate` (the same
/// bytes under another name: the second is left out), `data.no_caption`, `data.not_utf8`,
/// `data.bad_caption`, `data.two_captions`, `data.empty`.
CheckedFiles check_files(const std::vector<FoundPicture>& pictures, const CaptionCompiler* captions,
                         const DataCheckOptions& options);

/// "1 error, 2 warnings in 40 pictures" and a line per finding.
std::string to_text(const std::vector<DataFinding>& findings, int64_t pictures);

}  // namespace newbie::train
