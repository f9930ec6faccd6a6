#include "prompt/expand_wildcards.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace newbie::prompt {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestFile = uint64_t{4} << 20;
constexpr size_t kMostFiles = 10000;  // looked at for a "did you mean"

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;  // only a suggestion hangs on it
  for (fs::recursive_directory_iterator it(folder, ignored), end; it != end;
       it.increment(ignored)) {
    if (it->path().extension() != ".txt" || names.size() >= kMostFiles) continue;
    names.push_back(it->path().lexically_relative(folder).replace_extension().generic_string());
  }
  return names;
}

}  // namespace

std::vector<std::string> wildcard_values(const fs::path& folder, std::string_view name) {
  if (folder.empty()) {
    throw Error(
        "prompt.wildcard_missing",
        fmt::format("__{}__ stands for a file of alternatives, and no folder was given", name))
        .hint(fmt::format(
            "give the folder that holds {0}.txt, or write \\__{0}__ for the plain text", name));
  }
  // Names hold no dots (wildcard_at), so they cannot leave the folder.
  const fs::path file = folder / (std::string(name) + ".txt");
  if (!fs::is_regular_file(file)) {
    const std::vector<std::string> names = names_in(folder);
    const std::string near = did_you_mean(name, {names.begin(), names.end()});
    Error error("prompt.wildcard_missing",
                fmt::format("__{}__ has no file {}", name, file.generic_string()));
    if (!near.empty()) error.hint(fmt::format("did you mean __{}__?", near));
    throw error;
  }
  const std::string text = read_file(file, kLargestFile);
  std::vector<std::string> values;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    at = end + 1;
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == line.npos || line[first] == '#') continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    values.emplace_back(line);
  }
  if (values.empty()) {
    throw Error("prompt.wildcard_missing",
                fmt::format("{} holds no alternatives", file.generic_string()));
  }
  return values;
}

}  // namespace newbie::prompt
