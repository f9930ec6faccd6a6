#include "prompt/canonical_item.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/utf8.h"
#include "prompt/canonical.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

/// Removes the bytes of `item` for which `drop(i)` holds and moves its ranges along.
template <class Drop>
void remove_bytes(Item& item, Drop&& drop) {
  std::vector<size_t> moved(item.text.size() + 1);
  std::string kept;
  kept.reserve(item.text.size());
  for (size_t i = 0; i < item.text.size(); ++i) {
    moved[i] = kept.size();
    if (!drop(i)) kept += item.text[i];
  }
  moved[item.text.size()] = kept.size();
  item.text = std::move(kept);
  for (WeightRange& range : item.ranges) {
    range.range = {moved[std::min(range.range.begin, moved.size() - 1)],
                   moved[std::min(range.range.end, moved.size() - 1)]};
  }
}

void collapse_blanks(Item& item) {
  for (char& c : item.text) {
    if (is_space(c)) c = ' ';
  }
  const std::string text = item.text;
  const size_t last = text.find_last_not_of(' ');
  remove_bytes(item, [&](size_t i) {
    if (text[i] != ' ') return false;
    return i == 0 || text[i - 1] == ' ' || last == text.npos || i > last;
  });
}

// Line breaks of a text stay; blanks around the whole go.
void trim_text(Item& item) {
  const std::string text = item.text;
  const TextSpan kept = trim(text, {0, text.size()});
  remove_bytes(item, [&](size_t i) { return !kept.contains(i) || text[i] == '\r'; });
}

// Plain text has no entities: a backslash before a bracket would escape it, and a separator inside
// an item would end it.
void make_plain(Item& item, ValueForm form) {
  const std::string text = item.text;
  std::vector<bool> bracket(text.size() + 1, false);
  for (const WeightRange& range : item.ranges) bracket[range.range.begin] = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == ')') bracket[i] = true;
  }
  std::vector<bool> drop(text.size() + 1, false);
  for (size_t i = text.size(); i-- > 0;) {
    drop[i] = text[i] == '\\' && (bracket[i + 1] || drop[i + 1]);
  }
  if (text.find('\\') != text.npos) remove_bytes(item, [&](size_t i) { return drop[i]; });
  if (form == ValueForm::prose) return;
  for (size_t i = 0; i < item.text.size(); ++i) {
    const size_t length = separator_length(item.text, i, 0, item.text.size());
    std::fill_n(item.text.begin() + static_cast<std::ptrdiff_t>(i), length, ' ');
  }
  collapse_blanks(item);
}

void canonicalize_ranges(Item& item) {
  std::vector<WeightRange> out;
  for (WeightRange& range : item.ranges) {
    range.range = trim(item.text, range.range);
    range.weight = canonical_weight(range.weight);
    if (range.range.empty() || range.weight == 1) continue;
    const bool joins = !out.empty() && out.back().weight == range.weight &&
                       trim(item.text, {out.back().range.end, range.range.begin}).empty();
    if (joins) {
      out.back().range.end = range.range.end;
    } else {
      out.push_back(range);
    }
  }
  item.ranges = std::move(out);
}

// Prose has its weights in ranges, unless one weight covers everything.
void settle_prose_weight(Item& item) {
  if (item.weight != 1 && !item.ranges.empty()) {
    std::vector<WeightRange> all;
    size_t at = 0;
    for (const WeightRange& range : item.ranges) {
      if (at < range.range.begin) all.push_back({{at, range.range.begin}, item.weight});
      all.push_back({range.range, range.weight * item.weight});
      at = range.range.end;
    }
    if (at < item.text.size()) all.push_back({{at, item.text.size()}, item.weight});
    item.ranges = std::move(all);
    item.weight = 1;
    canonicalize_ranges(item);
  }
}

void settle_whole_range(Item& item) {
  if (item.ranges.size() != 1 || item.ranges[0].range != TextSpan{0, item.text.size()}) return;
  item.weight = canonical_weight(item.weight * item.ranges[0].weight);
  item.ranges.clear();
}

void canonicalize_item(Item& item, ValueForm form, Spelling spelling, const TagLookup* tags) {
  const bool prose = form == ValueForm::prose;
  prose&& spelling == Spelling::plain ? trim_text(item) : collapse_blanks(item);
  if (spelling == Spelling::plain) make_plain(item, form);
  item.weight = canonical_weight(item.weight);
  canonicalize_ranges(item);
  if (prose) settle_prose_weight(item);
  settle_whole_range(item);
  if (!prose && is_tag_like(item.text, tags)) std::ranges::replace(item.text, ' ', '_');
}

}  // namespace

bool is_tag_like(std::string_view item, const TagLookup* tags) {
  constexpr size_t kMaxWords = 3;
  item = trim(item);
  if (item.empty() || item.find(' ') == item.npos) return !item.empty();
  std::string tag = to_lower(item);
  std::ranges::replace(tag, ' ', '_');
  if (tags && tags->find(tag)) return true;
  const auto words = static_cast<size_t>(std::ranges::count(item, ' ')) + 1;
  if (words > kMaxWords) return false;
  const char last = item.back();
  if (last == '.' || last == '!' || last == '?') return false;
  for (size_t i = 0; i < item.size();) {
    const utf8::Decoded c = utf8::decode(item, i);
    if (utf8::is_cjk(c.code_point)) return false;
    i += c.length;
  }
  return true;
}

double canonical_weight(double weight) {
  return std::round(std::clamp(weight, 0.0, 2.0) * 100) / 100;
}

Item join_items(Item first, const Item& second) {
  const auto into_ranges = [](Item& item) {
    if (item.weight == 1) return;
    settle_prose_weight(item);
    if (item.weight != 1) item.ranges = {{{0, item.text.size()}, item.weight}};
    item.weight = 1;
  };
  Item tail = second;
  into_ranges(first);
  into_ranges(tail);
  if (!first.text.empty() && !tail.text.empty()) first.text += ' ';
  const size_t offset = first.text.size();
  first.text += tail.text;
  for (WeightRange& range : tail.ranges) {
    first.ranges.push_back({{range.range.begin + offset, range.range.end + offset}, range.weight});
  }
  settle_whole_range(first);
  return first;
}

void drop_repeated_items(std::vector<Item>& items) {
  std::unordered_set<std::string> seen;
  std::erase_if(items, [&](const Item& item) { return !seen.insert(item.text).second; });
}

void canonicalize_items(std::vector<Item>& items, ValueForm form, Spelling spelling,
                        const TagLookup* tags) {
  for (Item& item : items) canonicalize_item(item, form, spelling, tags);
  std::erase_if(items, [](const Item& item) { return item.text.empty(); });
  if (form != ValueForm::prose) drop_repeated_items(items);
}

}  // namespace newbie::prompt
