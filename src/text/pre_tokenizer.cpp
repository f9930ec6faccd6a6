#include "text/pre_tokenizer.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

void add_word(std::vector<TextSpan>& ranges, size_t begin, size_t end) {
  if (begin < end) ranges.push_back({begin, end});
}

Words apply(const WhitespaceSplit&, Words in) {
  std::vector<TextSpan> ranges;
  for (const TextSpan& word : in.ranges) {
    size_t begin = word.begin;
    for (size_t i = word.begin; i < word.end;) {
      const utf8::Decoded d = utf8::decode(in.text.text, i);
      const size_t next = i + d.length;
      if (is_white_space(d.code_point)) {
        add_word(ranges, begin, i);
        begin = next;
      }
      i = next;
    }
    add_word(ranges, begin, word.end);
  }
  in.ranges = std::move(ranges);
  return in;
}

/// Cuts one word at every occurrence of the pattern.
void split_word(const SplitAt& step, std::string_view text, TextSpan word,
                std::vector<TextSpan>& out) {
  size_t begin = word.begin;
  for (size_t at = word.begin;;) {
    const size_t hit = text.substr(0, word.end).find(step.pattern, at);
    if (hit == std::string_view::npos) break;
    const size_t after = hit + step.pattern.size();
    switch (step.keep) {
      case SplitAt::Keep::nothing:
        add_word(out, begin, hit);
        begin = after;
        break;
      case SplitAt::Keep::alone:
        add_word(out, begin, hit);
        add_word(out, hit, after);
        begin = after;
        break;
      case SplitAt::Keep::with_previous:
        add_word(out, begin, after);
        begin = after;
        break;
      case SplitAt::Keep::with_next:
        add_word(out, begin, hit);
        begin = hit;
        break;
    }
    at = after;
  }
  add_word(out, begin, word.end);
}

Words apply(const SplitAt& step, Words in) {
  std::vector<TextSpan> ranges;
  for (const TextSpan& word : in.ranges) split_word(step, in.text.text, word, ranges);
  in.ranges = std::move(ranges);
  return in;
}

/// Whether a word that does not begin with the mark gets one.
bool gets_mark(const Metaspace& step, const AlignedText& text, const TextSpan& word) {
  switch (step.prepend) {
    case Metaspace::PrependTo::every_word:
      return true;
    case Metaspace::PrependTo::first_word:
      return text.source[word.begin].begin == 0;
    case Metaspace::PrependTo::none:
      return false;
  }
  return false;
}

Words apply(const Metaspace& step, const Words& in) {
  Words out;
  out.text.reserve(in.text.size() + in.ranges.size() * step.mark.size());
  for (const TextSpan& word : in.ranges) {
    const size_t begin = out.text.size();
    const std::string_view view = in.text.view(word);
    const bool marked = view.starts_with(step.mark) || view.starts_with(' ');
    const size_t start = in.text.source[word.begin].begin;
    if (!marked && gets_mark(step, in.text, word)) out.text.append(step.mark, {start, start});
    for (size_t at = word.begin; at < word.end;) {
      const size_t hit = at + std::min(in.text.view({at, word.end}).find(' '), word.end - at);
      out.text.append(in.text, {at, hit});
      if (hit < word.end) out.text.append(step.mark, in.text.source[hit]);
      at = hit + 1;
    }
    add_word(out.ranges, begin, out.text.size());
  }
  if (!step.split) return out;
  return apply(SplitAt{step.mark, SplitAt::Keep::with_next}, std::move(out));
}

}  // namespace

Words pre_tokenize(const std::vector<PreTokenizerStep>& steps, AlignedText text) {
  Words words;
  words.text = std::move(text);
  add_word(words.ranges, 0, words.text.size());
  for (const PreTokenizerStep& step : steps) {
    words = std::visit([&](const auto& s) { return apply(s, std::move(words)); }, step);
  }
  return words;
}

}  // namespace newbie::text
