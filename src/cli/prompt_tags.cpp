/// `newbie prompt tags`: what the tables know about words.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/terminal.h"
#include "newbie/error.h"
#include "prompt/chinese.h"
#include "prompt/tag_table.h"
#include "prompt/tag_table_rows.h"

namespace newbie::cli {
namespace {

struct TagsSettings {
  std::vector<std::string> words;
  std::string search;
  std::string category;
  size_t limit = 50;
  bool json = false;
};

/// A word and the tags it stands for: itself, or its translation.
struct Answer {
  std::string word;
  std::vector<std::string> tags;
  std::vector<std::string> unknown;  ///< parts of a Chinese word
};

Answer look_up(const std::string& word) {
  const prompt::ChineseTranslation chinese = prompt::translate_chinese(word);
  Answer answer{word, {}, {}};
  for (const prompt::ChineseReplacement& replacement : chinese.replacements) {
    for (std::string_view tag : prompt::table_list(replacement.to)) answer.tags.emplace_back(tag);
  }
  for (TextSpan span : chinese.unknown) answer.unknown.emplace_back(span.of(word));
  if (answer.tags.empty() && answer.unknown.empty()) answer.tags.push_back(prompt::tag_key(word));
  return answer;
}

Json tag_json(const std::string& tag) {
  Json readings = Json::array();
  for (const prompt::TagReading& reading : prompt::tag_readings(tag)) {
    readings.push_back(
        {{"category", reading.category}, {"element", reading.path}, {"by_rule", reading.by_rule}});
  }
  Json conflicts = Json::array();
  for (const prompt::TagClash& clash : prompt::conflicts_of(tag)) {
    conflicts.push_back({{"tag", clash.other}, {"reason", clash.reason}});
  }
  Json one = {{"tag", tag},
              {"known", !readings.empty()},
              {"readings", std::move(readings)},
              {"chinese", prompt::chinese_of(tag)},
              {"conflicts", std::move(conflicts)}};
  if (!one["known"]) one["nearest"] = prompt::nearest_tag(tag);
  return one;
}

/// A tag that only a rule knows may be a slip of the fingers.
std::string by_rule(const std::string& tag) {
  const std::string near = prompt::nearest_tag(tag);
  return near.empty() ? " (by rule)" : fmt::format(" (by rule; the table has {})", near);
}

/// One line per reason.
std::string conflicts(const std::string& tag) {
  const Style s = style(stdout);
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> by_reason;
  for (const prompt::TagClash& clash : prompt::conflicts_of(tag)) {
    if (by_reason.empty() || by_reason.back().first != clash.reason) {
      by_reason.push_back({clash.reason, {}});
    }
    by_reason.back().second.push_back(clash.other);
  }
  std::string out;
  for (const auto& [reason, others] : by_reason) {
    out +=
        fmt::format("  {}not with{} {}: {}\n", s.yellow, s.reset, fmt::join(others, ", "), reason);
  }
  return out;
}

std::string describe(const std::string& tag) {
  const Style s = style(stdout);
  std::string out = fmt::format("{}{}{}", s.bold, tag, s.reset);
  const std::string_view chinese = prompt::chinese_of(tag);
  if (!chinese.empty()) out += fmt::format("  {}{}{}", s.dim, chinese, s.reset);
  out += "\n";
  const std::vector<prompt::TagReading> readings = prompt::tag_readings(tag);
  for (const prompt::TagReading& reading : readings) {
    out += fmt::format("  {}{}{}  {}{}\n", s.cyan, reading.path, s.reset, reading.category,
                       reading.by_rule ? by_rule(tag) : "");
  }
  if (readings.size() > 1) out += "  ambiguous: `convert` leaves it in general_tags/other\n";
  if (readings.empty()) {
    const std::string near = prompt::nearest_tag(tag);
    out += near.empty() ? "  not in the table\n"
                        : fmt::format("  not in the table; did you mean {}?\n", near);
  }
  return out + conflicts(tag);
}

void answer_words(const TagsSettings& settings) {
  Json all = Json::array();
  std::string out;
  bool unknown = false;
  for (const std::string& word : settings.words) {
    const Answer answer = look_up(word);
    Json tags = Json::array();
    for (const std::string& tag : answer.tags) {
      unknown |= !prompt::is_known_tag(tag);
      tags.push_back(tag_json(tag));
      out += describe(tag);
    }
    for (const std::string& part : answer.unknown) {
      unknown = true;
      out += fmt::format("{}\n  not in the table\n", part);
    }
    all.push_back({{"word", word}, {"tags", std::move(tags)}, {"unknown", answer.unknown}});
  }
  print_out(settings.json ? all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : out);
  finish(unknown ? kFindings : kClean);
}

void check_category(const std::string& category) {
  if (category.empty()) return;
  std::vector<std::string_view> known;
  for (const prompt::TagReading& row : prompt::all_tags()) {
    if (known.empty() || known.back() != row.category) known.push_back(row.category);
  }
  if (std::ranges::find(known, category) != known.end()) return;
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  throw Error("request.usage", fmt::format("there is no category `{}`", category))
      .hint(fmt::format("categories are {}", fmt::join(known, ", ")));
}

void list(const TagsSettings& settings) {
  check_category(settings.category);
  const Style s = style(stdout);
  const std::string wanted = prompt::tag_key(settings.search);
  std::vector<prompt::TagReading> rows;
  for (const prompt::TagReading& row : prompt::all_tags()) {
    if (!settings.category.empty() && row.category != settings.category) continue;
    if (row.tag.find(wanted) == row.tag.npos &&
        prompt::chinese_of(row.tag).find(settings.search) == std::string_view::npos) {
      continue;
    }
    rows.push_back(row);
  }
  const size_t shown = settings.json ? rows.size() : std::min(rows.size(), settings.limit);
  if (settings.json) {
    Json all = Json::array();
    for (const prompt::TagReading& row : rows) {
      all.push_back({{"tag", row.tag},
                     {"category", row.category},
                     {"element", row.path},
                     {"chinese", prompt::chinese_of(row.tag)}});
    }
    print_out(all.dump(2) + "\n");
  }
  for (size_t i = 0; i < shown && !settings.json; ++i) {
    print_out(fmt::format("{}  {}{}{}  {}\n", pad(rows[i].tag, 32), s.cyan, pad(rows[i].path, 24),
                          s.reset, prompt::chinese_of(rows[i].tag)));
  }
  if (shown < rows.size()) {
    print_err(fmt::format("{} of {} tags; --limit 0 shows all\n", shown, rows.size()));
  }
  finish(rows.empty() ? kFindings : kClean);
}

void run(TagsSettings& settings) {
  if (settings.limit == 0) settings.limit = SIZE_MAX;
  if (!settings.words.empty()) {
    answer_words(settings);
  } else {
    list(settings);
  }
}

}  // namespace

void add_prompt_tags(CLI::App& group) {
  const auto settings = std::make_shared<TagsSettings>();
  CLI::App& command = *group.add_subcommand(
      "tags", "Look up tags and Chinese words: element, category, conflicts, translation.");
  command.add_option("WORD", settings->words, "tags, or Chinese words and compounds")
      ->type_name("WORD");
  command.add_option("--search", settings->search, "list tags that contain this")
      ->type_name("TEXT");
  command.add_option("--category", settings->category, "list tags of a category: footwear")
      ->type_name("NAME");
  command.add_option("--limit", settings->limit, "list at most so many; 0: all")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--json", settings->json, "print answers as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt tags twintails bow bleu_hair\n"
               "  newbie prompt tags '蓝白配色+双马尾+制服+雨天'\n"
               "  newbie prompt tags --search umbrella\n"
               "  newbie prompt tags --category lighting --limit 0\n"
               "\n"
               "exit codes:\n"
               "  0  every word is known\n"
               "  1  a word is not in the table, or nothing was found\n"
               "  2  wrong usage");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
