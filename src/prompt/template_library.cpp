#include "prompt/template_library.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "prompt/assets.h"

namespace newbie::prompt {

std::string_view leading_comment(std::string_view text) {
  constexpr std::string_view kOpen = "<!--";
  constexpr std::string_view kBlank = " \t\r\n";
  if (!text.starts_with(kOpen)) return {};
  const size_t end = text.find("-->", kOpen.size());
  if (end == text.npos) return {};
  std::string_view comment = text.substr(kOpen.size(), end - kOpen.size());
  const size_t first = comment.find_first_not_of(kBlank);
  if (first == comment.npos) return {};
  return comment.substr(first, comment.find_last_not_of(kBlank) - first + 1);
}

const std::vector<LibraryTemplate>& template_library() {
  static const std::vector<LibraryTemplate> library = [] {
    constexpr std::string_view kFolder = "templates/";
    std::vector<LibraryTemplate> all;
    for (const Asset& file : assets()) {
      if (!file.path.starts_with(kFolder)) continue;
      std::string_view name = file.path.substr(kFolder.size());
      name = name.substr(0, name.rfind('.'));
      all.push_back({name, leading_comment(file.text), file.text});
    }
    return all;  // assets() are sorted
  }();
  return library;
}

const LibraryTemplate& library_template(std::string_view name) {
  const std::vector<LibraryTemplate>& all = template_library();
  const auto found = std::ranges::find(all, name, &LibraryTemplate::name);
  if (found != all.end()) return *found;
  std::vector<std::string_view> names;
  for (const LibraryTemplate& entry : all) names.push_back(entry.name);
  Error error("prompt.template_unknown", fmt::format("there is no template `{}`", name));
  const std::string near = did_you_mean(name, names);
  throw error.hint(near.empty() ? "list them with `newbie prompt expand --templates`"
                                : fmt::format("did you mean `{}`?", near));
}

}  // namespace newbie::prompt
