#include "workbench/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "prompt/schema.h"
#include "prompt/tag_table.h"
#include "workbench/fields.h"

namespace newbie::workbench {
namespace {

constexpr size_t kMostTags = 40;

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::vector<std::string> starting_with(std::string_view prefix, std::vector<std::string> words) {
  std::erase_if(words, [&](const std::string& word) { return !word.starts_with(prefix); });
  return words;
}

std::vector<std::string> paths(std::string_view typed) {
  namespace fs = std::filesystem;
  const size_t slash = typed.rfind('/');
  const std::string folder(slash == typed.npos ? "" : typed.substr(0, slash + 1));
  std::vector<std::string> words;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    std::string word = folder + entry.path().filename().string();
    if (entry.is_directory(ignored)) word += '/';
    if (word.starts_with(typed)) words.push_back(std::move(word));
  }
  std::ranges::sort(words);
  return words;
}

Completions command_completions(std::string_view line, std::span<const std::string> commands) {
  const size_t last = line.find_last_of(" \t");
  if (last == line.npos) {
    return {1, starting_with(line.substr(1), {commands.begin(), commands.end()})};
  }
  const std::string_view command = line.substr(1, line.find(' ') - 1);
  const std::string_view word = line.substr(last + 1);
  const bool first_argument = line.find(' ') == last;
  if (command == "load" || command == "save" || command == "watch" || command == "explain") {
    return {last + 1, paths(word)};
  }
  if (command == "help") {
    return {last + 1, starting_with(word, {commands.begin(), commands.end()})};
  }
  if (command == "seed") return {last + 1, starting_with(word, {"next", "random"})};
  if (command != "set") return {last + 1, {}};
  if (first_argument) return {last + 1, starting_with(word, field_names())};
  const std::string field(line.substr(5, last - 5));
  const std::vector<std::string> names = field_names();
  if (std::ranges::find(names, field) == names.end()) return {last + 1, {}};
  if (field == "vae" || field == "init" || field == "mask") return {last + 1, paths(word)};
  return {last + 1, starting_with(word, field_choices(field))};
}

/// One more than the characters there are.
int next_character(std::string_view text) {
  int highest = 0;
  for (size_t at = 0; (at = text.find("<character_", at)) != text.npos; ++at) {
    size_t end = at + 1;
    while (end < text.size() && is_name(text[end])) ++end;
    highest = std::max(highest, prompt::character_number(text.substr(at + 1, end - at - 1)));
  }
  return highest + 1;
}

std::vector<std::string> element_names(const std::vector<std::string>& open,
                                       std::string_view text) {
  using prompt::Place;
  Place place = Place::top;
  if (!open.empty() && prompt::character_number(open.back()) > 0) place = Place::character;
  if (!open.empty() && open.back() == "general_tags") place = Place::general;
  std::vector<std::string> names;
  for (const prompt::ElementRule& rule : prompt::schema()) {
    if (rule.place != place) continue;
    names.push_back(rule.name == "character" && place == Place::top
                        ? fmt::format("character_{}", next_character(text))
                        : std::string(rule.name));
  }
  return names;
}

Completions tag_completions(std::string_view line, std::string_view element) {
  const size_t stop = line.find_last_of(",>(");
  size_t begin = stop == line.npos ? 0 : stop + 1;
  while (begin < line.size() && line[begin] == ' ') ++begin;
  const std::string key = prompt::tag_key(line.substr(begin));
  Completions out{begin, {}};
  if (key.empty()) return out;
  std::vector<std::string> others;
  for (const prompt::TagReading& tag : prompt::all_tags()) {
    if (!tag.tag.starts_with(key)) continue;
    auto& words = tag.element() == element ? out.words : others;
    if (std::ranges::find(words, tag.tag) == words.end()) words.emplace_back(tag.tag);
  }
  for (std::string& word : others) {
    if (std::ranges::find(out.words, word) == out.words.end()) out.words.push_back(std::move(word));
  }
  if (out.words.size() > kMostTags) out.words.resize(kMostTags);
  return out;
}

}  // namespace

std::vector<std::string> open_elements(std::string_view text) {
  std::vector<std::string> open;
  for (size_t at = 0; (at = text.find('<', at)) != text.npos; ++at) {
    const bool closes = at + 1 < text.size() && text[at + 1] == '/';
    const size_t begin = at + (closes ? 2 : 1);
    size_t end = begin;
    while (end < text.size() && is_name(text[end])) ++end;
    const size_t bracket = text.find('>', end);
    const bool heart = begin < text.size() && text[begin] >= '0' && text[begin] <= '9';
    if (end == begin || heart || bracket == text.npos)
      continue;  // `<3`, a comment, a tag being typed
    const std::string name(text.substr(begin, end - begin));
    const bool empty = text[bracket - 1] == '/';
    if (!closes && !empty) open.push_back(name);
    const auto matching = std::ranges::find(open.rbegin(), open.rend(), name);
    if (closes && matching != open.rend()) open.erase(std::prev(matching.base()), open.end());
  }
  return open;
}

Completions complete(std::string_view line, std::string_view before,
                     std::span<const std::string> commands) {
  if (line.starts_with(":")) return command_completions(line, commands);
  const std::string text = std::string(before) + std::string(line);
  const std::vector<std::string> open = open_elements(text);
  const size_t bracket = line.rfind('<');
  const bool in_tag = bracket != line.npos && line.find('>', bracket) == line.npos;
  if (!in_tag) return tag_completions(line, open.empty() ? "" : open.back());
  if (line.substr(bracket).starts_with("</")) {
    if (open.empty()) return {bracket + 2, {}};
    return {bracket + 2, starting_with(line.substr(bracket + 2), {open.back() + ">"})};
  }
  std::vector<std::string> names = element_names(open, text);
  for (std::string& name : names) name += '>';
  return {bracket + 1, starting_with(line.substr(bracket + 1), std::move(names))};
}

std::string common_prefix(const std::vector<std::string>& words) {
  if (words.empty()) return "";
  std::string prefix = words.front();
  for (const std::string& word : words) {
    const auto [mine, other] = std::ranges::mismatch(prefix, word);
    prefix.erase(mine, prefix.end());
  }
  // A prefix must not end inside a character.
  while (!prefix.empty() && prefix.size() < words.front().size() &&
         (static_cast<unsigned char>(words.front()[prefix.size()]) & 0xC0) == 0x80) {
    prefix.pop_back();
  }
  return prefix;
}

}  // namespace newbie::workbench
