#pragma once
/// Finding pictures and their captions on disk.

#include <filesystem>
#include <string>
#include <vector>

namespace newbie::train {

/// A picture as a folder or a list names it; nothing has been read but captions.
struct FoundPicture {
  std::filesystem::path path;
  std::string name;  ///< below the folder, or as the list says
  std::vector<std::string> captions;
  std::filesystem::path caption_file;  ///< where they stand; empty when there are none
  int64_t repeats = 1;
  /// More caption files with the picture's name, which are not read.
  std::vector<std::filesystem::path> passed_over;
};

/// All pictures below a folder, sorted by name. A caption is the text file of the same stem: .xml,
/// .json, .txt or .caption, the first of them that is there. Pictures below a folder called
/// `N_name` are shown N times. Hidden files and folders are skipped.
/// Errors: `data.no_folder`, `file.*`.
std::vector<FoundPicture> find_pictures(const std::filesystem::path& folder);

/// The pictures of a JSONL list: an object per line with `image_path`, `path`, `image` or
/// `file_name`, relative to the list, and `captions` (a list of texts) or one text under
/// `super_high_quality_caption`, `prompt`, `caption` or `text`; `repeats` may follow.
/// Errors: `data.bad_line` naming the line, `file.*`.
std::vector<FoundPicture> read_jsonl(const std::filesystem::path& list);

}  // namespace newbie::train
