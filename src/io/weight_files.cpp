#include "io/weight_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "io/foreign_format.h"

namespace newbie::io {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxIndexBytes = uint64_t{64} << 20;
constexpr std::string_view kIndexSuffix = ".safetensors.index.json";
constexpr size_t kListed = 20;

bool is_index(const fs::path& path) { return path.filename().string().ends_with(kIndexSuffix); }

std::string listed(const std::vector<std::string>& names) {
  const size_t shown = std::min(names.size(), kListed);
  std::string text = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<int64_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) files.push_back(at->path());
  }
  if (failure) {
    throw Error("file.unreadable",
                fmt::format("{} cannot be read: {}", folder.string(), failure.message()));
  }
  std::ranges::sort(files);
  return files;
}

/// The error for a folder without safetensors: pickles are named, with the way out.
Error nothing_found(const fs::path& folder, const std::vector<fs::path>& files) {
  std::vector<std::string> names;
  for (const fs::path& file : files) {
    names.push_back(file.filename().string());
    const std::string extension = file.extension().string();
    if (extension != ".bin" && extension != ".pt" && extension != ".pth" && extension != ".ckpt") {
      continue;
    }
    std::string start(512, '\0');
    std::ifstream stream(file, std::ios::binary);
    stream.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<size_t>(stream.gcount()));
    auto foreign = recognise_foreign_format(std::as_bytes(std::span(start)), file);
    if (foreign && foreign->code() == "weights.pickle") return *foreign;
  }
  return Error("weights.no_weights",
               fmt::format("{} holds no safetensors file{}{}", folder.string(),
                           names.empty() ? "; it has no files" : "; it has ", listed(names)))
      .hint("name the folder or the file that holds this network's weights");
}

/// Picks one of several; `kind` is what they are in messages.
fs::path only(const std::vector<fs::path>& candidates, const fs::path& folder,
              std::string_view kind) {
  if (candidates.size() == 1) return candidates.front();
  std::vector<std::string> names;
  for (const fs::path& file : candidates) names.push_back(file.filename().string());
  throw Error("weights.ambiguous",
              fmt::format("{} holds {} {}: {}", folder.string(), names.size(), kind, listed(names)))
      .hint("name the one to load");
}

fs::path choose_in_folder(const fs::path& folder) {
  const std::vector<fs::path> files = files_in(folder);
  const auto named = [&](std::string_view name) {
    return std::ranges::find_if(files, [&](const fs::path& f) { return f.filename() == name; });
  };
  for (const char* stem : {"model", "diffusion_pytorch_model"}) {
    if (const auto at = named(std::string(stem) + std::string(kIndexSuffix)); at != files.end()) {
      return *at;
    }
  }
  std::vector<fs::path> indexes, consolidated, safetensors;
  for (const fs::path& file : files) {
    if (is_index(file)) indexes.push_back(file);
    if (file.extension() != ".safetensors") continue;
    safetensors.push_back(file);
    if (file.filename().string().starts_with("consolidated.")) consolidated.push_back(file);
  }
  if (!indexes.empty()) return only(indexes, folder, "indexes");
  for (const char* name : {"model.safetensors", "diffusion_pytorch_model.safetensors"}) {
    if (const auto at = named(name); at != files.end()) return *at;
  }
  // Several parts would be slices of every tensor (tensor parallel), which nobody published.
  if (!consolidated.empty()) return only(consolidated, folder, "consolidated files");
  if (const auto at = named("newbie_dit.safetensors"); at != files.end()) return *at;
  if (safetensors.empty()) throw nothing_found(folder, files);
  return only(safetensors, folder, "safetensors files");
}

/// The index when `path` leads to one, else the single file.
fs::path choose(const fs::path& path) {
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    throw Error("file.missing", fmt::format("{} does not exist", path.string()));
  }
  return fs::is_directory(path) ? choose_in_folder(path) : path;
}

ShardIndex read_index(const fs::path& path) {
  return ShardIndex::parse(read_file(path, kMaxIndexBytes), path);
}

std::vector<fs::path> existing_shards(const ShardIndex& index) {
  const std::vector<fs::path> shards = index.shards();
  std::vector<std::string> missing;
  for (const fs::path& shard : shards) {
    std::error_code failure;
    if (!fs::exists(shard, failure)) missing.push_back(shard.filename().string());
  }
  if (!missing.empty()) {
    throw Error("weights.missing_shard",
                fmt::format("{} of the {} shards of {} are missing: {}", missing.size(),
                            shards.size(), index.path.string(), listed(missing)))
        .hint("perhaps an incomplete download: fetch these files into the same folder");
  }
  return shards;
}

void check_index(const ShardIndex& index, const std::vector<SafetensorsFile>& files) {
  std::map<std::string, const SafetensorsFile*> by_name;
  for (const SafetensorsFile& file : files) by_name[file.path().filename().string()] = &file;
  std::vector<std::string> lost;
  for (const auto& [tensor, shard] : index.shard_of) {
    if (!by_name.at(shard)->find(tensor)) lost.push_back(fmt::format("{} ({})", tensor, shard));
  }
  if (!lost.empty()) {
    throw Error("weights.bad_index", fmt::format("{} names {} tensors that their shards lack: {}",
                                                 index.path.string(), lost.size(), listed(lost)))
        .hint("index and shards belong to different versions: fetch all of them again");
  }
}

}  // namespace

ShardIndex ShardIndex::parse(std::string_view text, fs::path path) {
  const std::string name = path.string();
  const Json document = parse_json(text, name, {.bytes = kMaxIndexBytes, .depth = 8}).value();
  const auto bad = [&](const std::string& what) {
    return Error("weights.bad_index", fmt::format("{}: {}", name, what));
  };
  const auto map = document.is_object() ? document.find("weight_map") : document.end();
  if (!document.is_object() || map == document.end() || !map->is_object() || map->empty()) {
    throw bad("expected an object with a \"weight_map\" from tensor names to files");
  }
  ShardIndex index{std::move(path), {}};
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string()) throw bad(fmt::format("{:.80} is mapped to no file name", tensor));
    const auto& shard = file.get_ref<const std::string&>();
    if (shard.empty() || shard == "." || shard == ".." || shard.size() > 255 ||
        shard.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
      throw bad(fmt::format("{:.80} is mapped to \"{:.80}\", which is no file of the same folder",
                            tensor, shard))
          .hint("an index may only name files beside it; this one may be made to harm");
    }
    index.shard_of.emplace(tensor, shard);
  }
  return index;
}

std::vector<fs::path> ShardIndex::shards() const {
  std::set<std::string> names;
  for (const auto& [tensor, shard] : shard_of) names.insert(shard);
  std::vector<fs::path> paths;
  for (const std::string& shard : names) paths.push_back(path.parent_path() / shard);
  return paths;
}

std::vector<fs::path> find_weight_files(const fs::path& path) {
  const fs::path chosen = choose(path);
  if (!is_index(chosen)) return {chosen};
  return existing_shards(read_index(chosen));
}

std::vector<SafetensorsFile> open_weight_files(const fs::path& path) {
  const fs::path chosen = choose(path);
  std::vector<SafetensorsFile> files;
  if (!is_index(chosen)) {
    files.push_back(SafetensorsFile::open(chosen));
    return files;
  }
  const ShardIndex index = read_index(chosen);
  for (const fs::path& shard : existing_shards(index))
    files.push_back(SafetensorsFile::open(shard));
  check_index(index, files);
  return files;
}

}  // namespace newbie::io
