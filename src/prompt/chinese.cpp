#include "prompt/chinese.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/utf8.h"
#include "prompt/chinese_fold.h"
#include "prompt/chinese_words.h"

namespace newbie::prompt {
namespace {

constexpr size_t kLongestPhrase = 8;  // CJK characters; longer stretches are prose unless all known
constexpr size_t kLongestCompound = 40;  // beyond it nothing is tried

/// A stretch of folded text and what it becomes.
struct Piece {
  TextSpan span;     ///< in the folded part
  std::string tags;  ///< "" for a part that stays
  bool by_rule = false;
};

size_t cjk_count(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const utf8::Decoded decoded = utf8::decode(text, at);
    count += utf8::is_cjk(decoded.code_point);
    at += decoded.length;
  }
  return count;
}

/// Commas part words from each other; blanks and pluses do beside Chinese (`6+girls` is a word).
size_t separator_length(std::string_view text, size_t at) {
  if (text[at] == ',' || text[at] == ';' || text[at] == '\n') return 1;
  const auto beyond_ascii = [&](size_t i) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= 0x80;
  };
  constexpr std::string_view kBesideChinese = " \t\r+/|";
  if (kBesideChinese.find(text[at]) != kBesideChinese.npos) {
    return beyond_ascii(at + 1) || (at > 0 && beyond_ascii(at - 1)) ? 1 : 0;
  }
  return text.substr(at).starts_with("、") ? std::string_view("、").size() : 0;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// Covers all of `text` with words, the longest first, or gives nothing. `dead` remembers places
/// from which there is no way to the end, which keeps the search linear in places.
std::optional<std::vector<Piece>> cover(std::string_view text, size_t at, std::vector<bool>& dead) {
  if (at == text.size()) return std::vector<Piece>{};
  if (dead[at]) return std::nullopt;
  for (ChineseWord& word : words_at(text.substr(at))) {
    if (auto rest = cover(text, at + word.length, dead)) {
      rest->insert(rest->begin(), {{at, at + word.length}, std::move(word.tags), word.by_rule});
      return rest;
    }
  }
  // The particle of attribution carries nothing of its own: 微笑的女孩.
  if (at > 0 && text.substr(at).starts_with("的")) {
    if (auto rest = cover(text, at + std::string_view("的").size(), dead)) return rest;
  }
  dead[at] = true;
  return std::nullopt;
}

/// Words of two characters and more, with the rest kept; nothing when one character would be left
/// over alone.
std::optional<std::vector<Piece>> cover_partly(std::string_view text) {
  std::vector<Piece> pieces;
  size_t kept = 0;  // begin of the stretch that stays
  const auto keep_until = [&](size_t end) {
    if (kept == end) return true;
    pieces.push_back({{kept, end}, ""});
    return utf8::count(text.substr(kept, end - kept)) > 1;
  };
  for (size_t at = 0; at < text.size();) {
    const std::vector<ChineseWord> words = words_at(text.substr(at));
    if (!words.empty() && utf8::count(text.substr(at, words.front().length)) > 1) {
      if (!keep_until(at)) return std::nullopt;
      pieces.push_back(
          {{at, at + words.front().length}, words.front().tags, words.front().by_rule});
      at += words.front().length;
      if (text.substr(at).starts_with("的")) at += std::string_view("的").size();
      kept = at;
    } else {
      at += utf8::decode(text, at).length;
    }
  }
  if (!keep_until(text.size())) return std::nullopt;
  return pieces;
}

std::vector<Piece> translate_part(std::string_view part) {
  std::vector<bool> dead(part.size(), false);
  if (auto pieces = cover(part, 0, dead)) return *pieces;
  // Latin letters between Chinese ones are somebody's name or a brand: no half translations.
  const bool mixed = std::ranges::any_of(part, [](char c) { return c >= 'a' && c <= 'z'; });
  if (!mixed) {
    if (auto pieces = cover_partly(part)) return *pieces;
  }
  return {{{0, part.size()}, ""}};
}

bool has_sentence_end(std::string_view text) {
  constexpr std::array<std::string_view, 5> kEnds = {"。", "！", "？", "；", "…"};
  return std::ranges::any_of(kEnds, [&](auto end) { return text.find(end) != text.npos; });
}

/// Calls visit(part span) for the parts of a folded text.
template <class Visit>
void for_each_part(std::string_view folded, Visit&& visit) {
  size_t begin = 0;
  for (size_t at = 0; at <= folded.size();) {
    const size_t separator = at < folded.size() ? separator_length(folded, at) : 1;
    if (separator == 0) {
      ++at;
      continue;
    }
    if (begin < at) visit(TextSpan{begin, at});
    at += separator;
    begin = at;
  }
}

struct EmbeddedChineseTable : ChineseLookup {
  Translation translate(std::string_view item) const override {
    ChineseTranslation translation = translate_chinese(item);
    return {std::move(translation.text), std::move(translation.unknown),
            !translation.replacements.empty()};
  }
};

}  // namespace

bool is_chinese_sentence(std::string_view text) {
  if (cjk_count(text) == 0) return false;
  if (has_sentence_end(text)) return true;
  const std::string folded = lower(fold_width(text));
  bool sentence = false;
  for_each_part(folded, [&](TextSpan span) {
    const std::string_view part = span.of(folded);
    const size_t length = cjk_count(part);
    if (sentence || length <= kLongestPhrase) return;
    std::vector<bool> dead(part.size(), false);
    sentence = length > kLongestCompound || !cover(part, 0, dead);
  });
  return sentence;
}

ChineseTranslation translate_chinese(std::string_view text) {
  ChineseTranslation result;
  result.sentence = is_chinese_sentence(text);
  if (result.sentence || cjk_count(text) == 0) {
    result.text = text;
    return result;
  }
  const FoldedText folded = fold_width_with_offsets(text);
  const std::string keys = lower(folded.text);
  std::vector<std::string> words;
  for_each_part(keys, [&](TextSpan part_span) {
    const std::string_view part = part_span.of(keys);
    if (cjk_count(part) == 0) {
      words.emplace_back(part_span.of(folded.text));
      return;
    }
    for (Piece& piece : translate_part(part)) {
      const TextSpan source{folded.offsets[part_span.begin + piece.span.begin],
                            folded.offsets[part_span.begin + piece.span.end]};
      if (piece.tags.empty()) {
        result.unknown.push_back(source);
        words.emplace_back(source.of(text));
      } else {
        words.push_back(piece.tags);
        result.replacements.push_back(
            {source, std::string(source.of(text)), std::move(piece.tags), piece.by_rule});
      }
    }
  });
  if (result.replacements.empty()) {
    result.text = text;
    return result;
  }
  for (const std::string& word : words) {
    if (!result.text.empty()) result.text += ", ";
    result.text += word;
  }
  return result;
}

const ChineseLookup& chinese_table() {
  static const EmbeddedChineseTable table;
  return table;
}

}  // namespace newbie::prompt
