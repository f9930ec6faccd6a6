#include "text/added_tokens.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

bool touches_word_before(std::string_view text, size_t offset) {
  if (offset == 0) return false;
  size_t i = offset - 1;
  while (i > 0 && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) --i;
  return is_word(utf8::decode(text, i).code_point);
}

bool touches_word_after(std::string_view text, size_t offset) {
  return offset < text.size() && is_word(utf8::decode(text, offset).code_point);
}

}  // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::vector<std::string> contents;
  for (const AddedToken& token : tokens_) {
    contents.push_back(token.content);
    starts_[static_cast<unsigned char>(token.content[0])] = true;
  }
  trie_ = Trie(contents);
}

AddedTokenMatcher::Part AddedTokenMatcher::longest_at(std::string_view text, size_t offset) const {
  Part part{{offset, offset}, -1};
  trie_.for_each_prefix(text.substr(offset), [&](size_t length, int32_t index) {
    part = {{offset, offset + length}, index};
  });
  return part;
}

std::vector<AddedTokenMatcher::Part> AddedTokenMatcher::split(const std::string& text) const {
  std::vector<Part> parts;
  size_t done = 0;
  for (size_t at = 0; at < text.size();) {
    const Part match =
        starts_[static_cast<unsigned char>(text[at])] ? longest_at(text, at) : Part{};
    if (match.token < 0) {
      ++at;
      continue;
    }
    at = match.range.end;
    auto [begin, end] = match.range;
    const AddedToken& found = token(match.token);
    if (found.single_word && (touches_word_before(text, begin) || touches_word_after(text, end))) {
      continue;
    }
    if (found.lstrip) {
      begin = std::max(done, size_without_trailing_space(std::string_view(text).substr(0, begin)));
    }
    if (found.rstrip) end += leading_space(std::string_view(text).substr(end));
    begin = std::max(begin, done);
    if (done < begin) parts.push_back({{done, begin}, -1});
    parts.push_back({{begin, end}, match.token});
    done = end;
  }
  if (done < text.size()) parts.push_back({{done, text.size()}, -1});
  return parts;
}

}  // namespace newbie::text
