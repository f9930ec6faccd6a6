#include "train/state/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "io/safetensors.h"
#include "io/safetensors_writer.h"
#include "ops/transfer.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kUnfinished = ".part-";
constexpr uint64_t kMaxJournalBytes = uint64_t{64} << 20;

/// The step that a folder's name tells, if it is a finished state.
std::optional<int64_t> step_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kPrefix)) return std::nullopt;
  int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [after, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || after != end) return std::nullopt;
  return step;
}

/// Finished states, oldest first.
std::vector<std::pair<int64_t, fs::path>> states_in(const fs::path& states) {
  std::vector<std::pair<int64_t, fs::path>> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(states, failed)) {
    if (const auto step = step_of(entry.path())) found.emplace_back(*step, entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Makes a rename inside the folder last beyond a power cut.
void flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void write_tensors(const fs::path& path, const std::vector<NamedTensor>& tensors) {
  std::vector<io::TensorHeader> headers;
  for (const NamedTensor& named : tensors) {
    headers.push_back({named.name, named.tensor.dtype(), named.tensor.shape()});
  }
  io::SafetensorsWriter writer(path, headers);
  // The writer has its own order.
  for (const io::TensorHeader& header : writer.tensors()) {
    const auto named = std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& other) {
      return other.name == header.name;
    });
    const Tensor host = ops::to_host(named->tensor);
    writer.append({host.raw(), host.bytes()});
  }
  writer.commit();
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (!failed) return;
  throw Error("file.unwritable",
              fmt::format("{} cannot be written: {}", to.string(), failed.message()));
}

/// A damaged file costs its state, not the run: there is nowhere to fetch it from again.
io::SafetensorsFile open_state_file(const fs::path& path) {
  try {
    return io::SafetensorsFile::open(path);
  } catch (Error& error) {
    error.where(path.parent_path().string())
        .hint("the state is damaged: remove its folder, and the run goes on from the state before");
    throw;
  }
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  const fs::path path = folder / "lock";
  file_ = failed ? -1 : ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
  if (file_ < 0) {
    const std::string why = failed ? failed.message() : std::strerror(errno);
    throw Error("file.unwritable", fmt::format("{} cannot be written to: {}", folder.string(), why))
        .hint("choose another run.out");
  }
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(file_);
  throw Error("state.in_use", fmt::format("another process trains in {}", folder.string()))
      .hint("wait for it, or choose another run.out");
}

FolderLock::~FolderLock() { ::close(file_); }

void save_state(const fs::path& states, int64_t step, const std::string& journal,
                const std::vector<StateFile>& files, int64_t keep) {
  const fs::path finished = states / fmt::format("{}{:08}", kPrefix, step);
  std::error_code ignored;
  if (fs::exists(finished, ignored)) return;  // the same step has the same contents
  const fs::path unfinished = fmt::format("{}{}{}", finished.string(), kUnfinished, ::getpid());
  fs::remove_all(unfinished, ignored);
  fs::create_directories(unfinished, ignored);
  try {
    for (const StateFile& file : files) {
      write_tensors(unfinished / (file.name + ".safetensors"), file.tensors);
    }
    write_file(unfinished / "journal.json", journal);
    flush_folder(unfinished);
    rename_folder(unfinished, finished);
  } catch (...) {
    fs::remove_all(unfinished, ignored);
    throw;
  }
  flush_folder(states);
  auto all = states_in(states);
  while (static_cast<int64_t>(all.size()) > keep) {
    fs::remove_all(all.front().second, ignored);
    all.erase(all.begin());
  }
}

std::optional<SavedState> newest_state(const fs::path& states) {
  std::error_code ignored;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(states, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.find(kUnfinished) != std::string::npos) {
      leftovers.push_back(entry.path());
    }
  }
  for (const fs::path& leftover : leftovers) fs::remove_all(leftover, ignored);
  const auto all = states_in(states);
  if (all.empty()) return std::nullopt;
  const auto& [step, folder] = all.back();
  return SavedState{folder, step, read_file(folder / "journal.json", kMaxJournalBytes)};
}

void load_state_file(const SavedState& state, const StateFile& into) {
  const fs::path path = state.folder / (into.name + ".safetensors");
  const auto file = open_state_file(path);
  std::vector<std::string> problems;
  std::unordered_set<std::string> wanted;
  for (const NamedTensor& named : into.tensors) {
    wanted.insert(named.name);
    const io::TensorEntry* entry = file.find(named.name);
    if (entry == nullptr) {
      problems.push_back(fmt::format("{} is missing", named.name));
      continue;
    }
    if (!(entry->shape == named.tensor.shape()) || entry->dtype != named.tensor.dtype()) {
      problems.push_back(fmt::format("{} is {} {}, expected {}", named.name, name_of(entry->dtype),
                                     entry->shape.str(), named.tensor.str()));
      continue;
    }
    Tensor target = named.tensor;
    target.device().upload(target.mutable_raw(), file.bytes(*entry).data(), target.bytes());
  }
  for (const io::TensorEntry& entry : file.entries()) {
    if (!wanted.contains(entry.name)) problems.push_back(fmt::format("{} is unknown", entry.name));
  }
  if (problems.empty()) return;
  constexpr size_t kMost = 5;
  const size_t more = problems.size() > kMost ? problems.size() - kMost : 0;
  problems.resize(problems.size() - more);
  throw Error("state.mismatch",
              fmt::format("the saved state does not fit what is trained now: {}{}",
                          fmt::join(problems, "; "), more ? fmt::format("; {} more", more) : ""))
      .where(path.string())
      .hint("the recipe or the model changed; choose another run.out, or go back");
}

}  // namespace newbie::train
