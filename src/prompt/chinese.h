#pragma once
/// Chinese words to tags, by table and by the colour rule; never by a model, never in sentences.

#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"
#include "prompt/lookup.h"

namespace newbie::prompt {

/// One replaced word.
struct ChineseReplacement {
  TextSpan span;  ///< in the text that was translated
  std::string from;
  std::string to;
  bool by_rule = false;  ///< colour + noun, not a row of the table
};

/// What a text became, word by word.
struct ChineseTranslation {
  std::string text;  ///< tags and kept words, joined with ", "; the input when nothing changed
  std::vector<ChineseReplacement> replacements;
  std::vector<TextSpan> unknown;  ///< words that stay
  bool sentence = false;          ///< prose: left alone, nothing is called unknown
};

/// Prose rather than words: sentence punctuation, or a stretch of more than eight characters that
/// the table does not cover.
bool is_chinese_sentence(std::string_view text);

/// Translates a word, or a compound of words joined by `+`, `、`, commas or blanks.
///
/// Words are cut from the left, the longest entry first, so that everything is covered when it can
/// be. When it cannot, what is known is translated only if no single character is left over: 猫耳朵
/// is not `cat_ears` and a stray 朵. Text without Chinese comes back unchanged.
ChineseTranslation translate_chinese(std::string_view text);

/// The same behind the interface of the lints.
const ChineseLookup& chinese_table();

}  // namespace newbie::prompt
