#include "prompt/structure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "prompt/canonical.h"
#include "prompt/chinese.h"
#include "prompt/structure_count.h"
#include "prompt/tag_table.h"
#include "prompt/tag_table_rows.h"

namespace newbie::prompt {
namespace {

/// A tag of the list with what the table says.
struct Entry {
  std::string tag;
  double weight = 1;
  TextSpan source;
  size_t line = 0;
  std::string from;  ///< the Chinese word it was translated from
  std::vector<TagReading> readings;

  bool certain() const { return readings.size() == 1; }
  bool in_character() const { return certain() && readings[0].in_character(); }
};

bool names_an_artist(std::string_view key) {
  return key.starts_with("artist:") || key.starts_with("by_");
}

std::vector<Entry> read_entries(const Parsed& parsed, const StructureOptions& options) {
  std::vector<Entry> entries;
  const LineMap lines(parsed.tree.text());
  const auto add = [&](const Item& item, std::string_view tag, std::string from) {
    Entry entry{tag_key(tag),
                item.weight,
                parsed.tree.source_span(item.span),
                lines.locate(item.span.begin).line,
                std::move(from),
                tag_readings(tag)};
    if (!entry.tag.empty()) entries.push_back(std::move(entry));
  };
  for (const Element& element : parsed.prompt.elements) {
    for (const Item& item : element.items) {
      ChineseTranslation chinese;
      if (options.translate_chinese) chinese = translate_chinese(item.text);
      if (chinese.replacements.empty()) {
        add(item, item.text, "");
      } else {
        for (std::string_view tag : table_list(chinese.text)) add(item, tag, item.text);
      }
    }
  }
  return entries;
}

/// Builds the tree while it notes every decision.
class Sorter {
 public:
  Sorter(std::vector<Entry> entries, const StructureOptions& options)
      : entries_(std::move(entries)), options_(options) {}

  Structured sort() {
    count_characters();
    match_lines();
    for (const Entry& entry : entries_) place(entry);
    build();
    return std::move(result_);
  }

 private:
  void count_characters() {
    std::vector<std::string> tags;
    for (const Entry& entry : entries_) tags.push_back(entry.tag);
    genders_ = counted_figures(tags);
    const auto has = [&](std::string_view tag) {
      return std::ranges::find(tags, tag) != tags.end();
    };
    const bool anybody = std::ranges::any_of(entries_, &Entry::in_character);
    if (genders_.empty() && anybody && !has("no_humans")) {
      genders_.push_back("");
      result_.notes.push_back("no count such as `1girl` was given: one character is assumed");
    }
    for (const Entry& entry : entries_) {
      const std::optional<CountTag> count = read_count_tag(entry.tag);
      if (count && count->at_least) {
        result_.notes.push_back(fmt::format("`{}` leaves the number open: {} blocks were made",
                                            entry.tag, genders_.size()));
      }
    }
  }

  /// As many lines with character tags as characters: a line each.
  void match_lines() {
    if (genders_.size() < 2) return;
    std::set<size_t> lines;
    for (const Entry& entry : entries_) {
      if (entry.in_character()) lines.insert(entry.line);
    }
    if (lines.size() != genders_.size()) return;
    size_t character = 0;
    for (size_t line : lines) {
      character_of_line_[line] = ++character;
      result_.notes.push_back(fmt::format("line {} is read as character_{}", line, character));
    }
  }

  void place(const Entry& entry) {
    Placement placement{entry.tag, {}, "", entry.source};
    if (!entry.from.empty()) placement.note = fmt::format("from {}", entry.from);
    if (names_an_artist(entry.tag)) {
      put(entry, "general_tags", "artists", placement);
    } else if (entry.readings.empty()) {
      note(placement, unknown_note(entry.tag));
      put(entry, "general_tags", "other", placement);
    } else if (!entry.certain()) {
      note(placement, fmt::format("ambiguous: {} or {}", entry.readings[0].element(),
                                  entry.readings[1].element()));
      put(entry, "general_tags", "other", placement);
    } else if (entry.readings[0].path == "negative") {
      note(placement, "belongs in the negative prompt");
      placement.paths.push_back("negative");
      result_.negative.push_back(entry.tag);
    } else if (entry.in_character()) {
      place_in_character(entry, placement);
    } else {
      put(entry, "general_tags", entry.readings[0].element(), placement);
    }
    result_.placements.push_back(std::move(placement));
  }

  void place_in_character(const Entry& entry, Placement& placement) {
    const std::string_view element = entry.readings[0].element();
    const auto line = character_of_line_.find(entry.line);
    if (genders_.size() == 1 || line != character_of_line_.end()) {
      put(entry, fmt::format("character_{}", genders_.size() == 1 ? 1 : line->second), element,
          placement);
    } else if (genders_.empty()) {
      note(placement, "describes a character, and there is none");
      put(entry, "general_tags", "other", placement);
    } else if (element == "interaction" || options_.shared == SharedTags::all) {
      note(placement, element == "interaction" ? "takes more than one: written for everybody"
                                               : "written for every character, as asked");
      for (size_t n = 1; n <= genders_.size(); ++n) {
        put(entry, fmt::format("character_{}", n), element, placement);
      }
    } else if (options_.shared == SharedTags::first) {
      note(placement, "written for the first character, as asked");
      put(entry, "character_1", element, placement);
    } else {
      note(placement, fmt::format("{} of one of the {} characters: the list does not say whose",
                                  element, genders_.size()));
      put(entry, "general_tags", "other", placement);
    }
  }

  static std::string unknown_note(std::string_view tag) {
    if (tag.find("_(") != tag.npos) return "not in the table; a character's name goes into `n`";
    const std::string near = nearest_tag(tag);
    return near.empty() ? "not in the table" : fmt::format("not in the table; nearest: {}", near);
  }

  static void note(Placement& placement, std::string_view text) {
    if (!placement.note.empty()) placement.note += "; ";
    placement.note += text;
  }

  void put(const Entry& entry, std::string_view block, std::string_view element,
           Placement& placement) {
    Item item;
    item.text = entry.tag;
    if (element == "artists") item.text.erase(0, item.text.find_first_of(":_") + 1);
    item.weight = entry.weight;
    values_[std::string(block)][std::string(element)].push_back(std::move(item));
    placement.paths.push_back(fmt::format("{}.{}", block, element));
  }

  void add_children(Element& block, Place place) {
    for (auto& [name, items] : values_[block.name]) {
      Element child = make_element(name, place);
      child.items = std::move(items);
      block.children.push_back(std::move(child));
    }
  }

  void build() {
    Prompt prompt;
    prompt.kind = InputKind::xml;
    for (size_t n = 1; n <= genders_.size(); ++n) {
      Element character = make_element(fmt::format("character_{}", n), Place::top);
      character.children.push_back(
          make_element("n", Place::character, {fmt::format("$character_{}$", n)}));
      if (!genders_[n - 1].empty()) {
        character.children.push_back(make_element("gender", Place::character, {genders_[n - 1]}));
      }
      add_children(character, Place::character);
      prompt.elements.push_back(std::move(character));
    }
    if (!values_["general_tags"].empty()) {
      Element general = make_element("general_tags", Place::top);
      add_children(general, Place::general);
      prompt.elements.push_back(std::move(general));
    }
    result_.prompt = canonicalize(prompt, &tag_table());
  }

  std::vector<Entry> entries_;
  const StructureOptions& options_;
  std::vector<std::string> genders_;            ///< one per character; "" when unknown
  std::map<size_t, size_t> character_of_line_;  ///< line to character number
  std::map<std::string, std::map<std::string, std::vector<Item>>, std::less<>> values_;
  Structured result_;
};

}  // namespace

Structured structure(const Parsed& parsed, const StructureOptions& options) {
  if (parsed.kind() == InputKind::tags)
    return Sorter(read_entries(parsed, options), options).sort();
  Structured result;
  if (parsed.kind() != InputKind::text) {
    result.prompt = canonicalize(parsed.prompt, &tag_table());
    result.notes.push_back("this prompt has its elements already");
    return result;
  }
  result.prompt.kind = InputKind::xml;
  Element caption = make_element("caption", Place::top);
  for (const Element& element : parsed.prompt.elements) {
    caption.items.insert(caption.items.end(), element.items.begin(), element.items.end());
  }
  result.prompt.elements.push_back(std::move(caption));
  result.prompt = canonicalize(result.prompt, &tag_table());
  result.notes.push_back("sentences are not taken apart: the whole text is the caption");
  return result;
}

}  // namespace newbie::prompt
