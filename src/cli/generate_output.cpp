#include "cli/generate_output.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/file.h"

namespace newbie::cli {
namespace {

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string read_text_argument(const std::string& path) {
  if (path != "-") return read_file(path, uint64_t{1} << 20);
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

OutputNames::OutputNames(std::string pattern, int64_t count)
    : pattern_(pattern.empty() ? "newbie-{seed}.png" : std::move(pattern)),
      chosen_(pattern_ != "newbie-{seed}.png") {
  if (!pattern_.ends_with(".png")) {
    throw Error("request.out", fmt::format("\"{}\" does not end in .png", pattern_))
        .hint("pictures are PNG files, which carry their recipe");
  }
  const bool varies =
      pattern_.find("{seed}") != std::string::npos || pattern_.find("{index}") != std::string::npos;
  if (count > 1 && !varies) pattern_.insert(pattern_.size() - 4, "-{index}");
  replace_all(pattern_, "{date}", fmt::format("{:%Y-%m-%d}", fmt::localtime(std::time(nullptr))));
}

void OutputNames::require_writable() const {
  const auto folder = std::filesystem::path(pattern_).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  AtomicFile probe(path(0, 0));
  probe.write("newbie");
}

std::string OutputNames::path(int64_t index, uint64_t seed) const {
  std::string path = pattern_;
  replace_all(path, "{seed}", fmt::to_string(seed));
  replace_all(path, "{index}", fmt::to_string(index + 1));
  if (chosen_) return path;
  std::string free = path;
  for (int i = 2; std::filesystem::exists(free); ++i) {
    free = fmt::format("{}-{}.png", path.substr(0, path.size() - 4), i);
  }
  return free;
}

}  // namespace newbie::cli
