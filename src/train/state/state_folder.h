#pragma once
/// What resumes a run, on disk: one folder per saved step, complete or not there at all.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train/optim/parameter.h"

namespace newbie::train {

/// Tensors of one file of a state.
struct StateFile {
  std::string name;  ///< "parameters"
  std::vector<NamedTensor> tensors;
};

/// A complete saved state.
struct SavedState {
  std::filesystem::path folder;
  int64_t step = 0;     ///< steps done
  std::string journal;  ///< text kept with it (JSON)
};

/// Keeps other processes from training in a folder, which it makes, for as long as it lives.
/// Errors: `state.in_use`; `file.unwritable` when the folder cannot be made.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

/// Writes `states`/step-00000100: every file is flushed, then the folder gets its name in one
/// rename, so that a power cut leaves the states that were there. Older ones beyond `keep` are
/// removed afterwards. Errors: `file.*`.
void save_state(const std::filesystem::path& states, int64_t step, const std::string& journal,
                const std::vector<StateFile>& files, int64_t keep);

/// The state of the latest step; leftovers of interrupted saves are removed. Errors: `file.*`.
std::optional<SavedState> newest_state(const std::filesystem::path& states);

/// Fills tensors that exist with those of a file of the state. Error: `state.mismatch` naming the
/// tensors that are missing, unknown, or of another shape.
void load_state_file(const SavedState& state, const StateFile& into);

}  // namespace newbie::train
