#include "train/data/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "image/picture_file.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kCaptionExtensions{".xml", ".json", ".txt", ".caption"};
constexpr uint64_t kMaxCaptionBytes = 1 << 20;
constexpr uint64_t kMaxListBytes = uint64_t{1} << 32;

/// "20_blue_hair" is 20; other names are 1.
int64_t repeats_of(const std::string& folder) {
  int64_t count = 0;
  const char* end = folder.data() + folder.size();
  const auto [after, error] = std::from_chars(folder.data(), end, count);
  return error == std::errc() && after != end && *after == '_' && count > 0 ? count : 1;
}

/// The innermost folder below `root` that says how often its pictures repeat.
int64_t repeats_below(const fs::path& relative) {
  int64_t repeats = 1;
  for (const fs::path& part : relative.parent_path()) {
    if (const int64_t own = repeats_of(part.string()); own > 1) repeats = own;
  }
  return repeats;
}

/// Texts end with a line break in most editors, which is no part of them.
std::string without_last_break(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

void attach_caption(FoundPicture& picture) {
  for (const std::string_view extension : kCaptionExtensions) {
    const fs::path file = fs::path(picture.path).replace_extension(extension);
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) continue;
    if (!picture.caption_file.empty()) {
      picture.passed_over.push_back(file);
      continue;
    }
    picture.caption_file = file;
    picture.captions = {without_last_break(read_file(file, kMaxCaptionBytes))};
  }
}

/// A file, or a link that leads nowhere: reading that says so. No pipe, which reading would wait
/// for.
bool looks_like_a_file(const fs::directory_entry& entry) {
  std::error_code failed;
  return entry.is_regular_file(failed) || (entry.is_symlink(failed) && !entry.exists(failed));
}

/// Whether a folder is a link to one of those that it lies in.
bool leads_back(const fs::directory_entry& entry) {
  std::error_code failed;
  if (!entry.is_symlink(failed) || !entry.is_directory(failed)) return false;
  const fs::path target = fs::canonical(entry.path(), failed);
  const fs::path within = fs::canonical(entry.path().parent_path(), failed);
  const auto [end, rest] =
      std::mismatch(target.begin(), target.end(), within.begin(), within.end());
  return !failed && end == target.end();
}

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// The first of the keys that the object has; nullptr when it has none.
const Json* first_of(const Json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const auto found = object.find(key); found != object.end()) return &*found;
  }
  return nullptr;
}

FoundPicture picture_of_line(const Json& line, const fs::path& folder) {
  const auto refuse = [](const char* what) { throw Error("data.bad_line", what); };
  if (!line.is_object()) refuse("the line is no JSON object");
  const Json* path = first_of(line, {"image_path", "path", "image", "file_name"});
  if (path == nullptr || !path->is_string()) {
    refuse(
        "the line names no picture: expected \"image_path\", \"path\", \"image\" or \"file_name\"");
  }
  FoundPicture picture;
  picture.name = path->get<std::string>();
  picture.path = folder / picture.name;
  if (const Json* many = first_of(line, {"captions"})) {
    if (!many->is_array()) refuse("\"captions\" is no list of texts");
    for (const Json& caption : *many) {
      if (!caption.is_string()) refuse("\"captions\" is no list of texts");
      picture.captions.push_back(caption.get<std::string>());
    }
  } else if (const Json* one =
                 first_of(line, {"super_high_quality_caption", "prompt", "caption", "text"})) {
    if (!one->is_string()) refuse("the caption is no text");
    picture.captions.push_back(one->get<std::string>());
  }
  if (const Json* repeats = first_of(line, {"repeats"})) {
    if (!repeats->is_number_unsigned() || repeats->get<uint64_t>() == 0) {
      refuse("\"repeats\" is no whole number from 1");
    }
    picture.repeats = repeats->get<int64_t>();
  }
  return picture;
}

}  // namespace

std::vector<FoundPicture> find_pictures(const fs::path& folder) {
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) {
    throw Error("data.no_folder", fmt::format("{} is no folder of pictures", folder.string()))
        .hint("data.path of the recipe names it, from the recipe's place");
  }
  std::vector<FoundPicture> found;
  for (auto entry = fs::recursive_directory_iterator(
           folder, fs::directory_options::follow_directory_symlink);
       entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    if (hidden(entry->path())) {
      entry.disable_recursion_pending();
      continue;
    }
    if (leads_back(*entry)) {
      throw Error("data.no_folder",
                  fmt::format("{} is a link that leads back to a folder it lies in",
                              entry->path().string()))
          .hint("remove it");
    }
    if (!looks_like_a_file(*entry) || !image::has_picture_extension(entry->path())) continue;
    const fs::path relative = entry->path().lexically_relative(folder);
    FoundPicture picture{
        entry->path(), relative.generic_string(), {}, {}, repeats_below(relative), {}};
    attach_caption(picture);
    found.push_back(std::move(picture));
  }
  if (failed) {
    throw Error("data.no_folder",
                fmt::format("{} cannot be walked through: {}", folder.string(), failed.message()));
  }
  std::sort(found.begin(), found.end(),
            [](const FoundPicture& a, const FoundPicture& b) { return a.name < b.name; });
  return found;
}

std::vector<FoundPicture> read_jsonl(const fs::path& list) {
  const std::string text = read_file(list, kMaxListBytes);
  std::vector<FoundPicture> found;
  size_t number = 0;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    with_where(fmt::format("{}, line {}", list.string(), number + 1), [&] {
      auto json = parse_json(line, "the line");
      if (!json) throw Error("data.bad_line", json.error().what());
      found.push_back(picture_of_line(*json, list.parent_path()));
      found.back().caption_file = list;
    });
  }
  return found;
}

}  // namespace newbie::train
