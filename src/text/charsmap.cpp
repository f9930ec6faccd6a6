#include "text/charsmap.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

/// Longest grapheme cluster, in bytes, that is looked up as a whole.
constexpr size_t kWholeGrapheme = 5;

/// The longest NFKC replacement of one character has 33 bytes; a longer rule could only serve to
/// exhaust the memory, and is cut.
constexpr size_t kMaxReplacement = 256;

uint32_t little_endian_u32(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

void append_little_endian(std::string& bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
}

// Fields of a darts-clone unit.
bool has_leaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t leaf_value(uint32_t unit) { return unit & 0x7FFFFFFF; }
uint32_t label(uint32_t unit) { return unit & 0x800000FF; }
uint32_t child_offset(uint32_t unit) { return (unit >> 10) << ((unit & 0x200) >> 6); }

}  // namespace

Charsmap::Charsmap(std::string_view bytes) {
  const size_t trie_bytes = bytes.size() < 4 ? 0 : little_endian_u32(bytes, 0);
  if (trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes > bytes.size() - 4) {
    throw Error(
        "tokenizer.malformed",
        fmt::format("the normalisation table has {} bytes and says that {} of them are its trie",
                    bytes.size(), trie_bytes));
  }
  units_.resize(trie_bytes / 4);
  for (size_t i = 0; i < units_.size(); ++i) units_[i] = little_endian_u32(bytes, 4 + 4 * i);
  strings_ = bytes.substr(4 + trie_bytes);
  if (utf8::first_invalid(strings_)) {
    throw Error("tokenizer.malformed", "the normalisation table holds text that is not UTF-8");
  }
}

std::string Charsmap::bytes() const {
  std::string bytes;
  append_little_endian(bytes, static_cast<uint32_t>(4 * units_.size()));
  for (const uint32_t unit : units_) append_little_endian(bytes, unit);
  return bytes + strings_;
}

std::optional<std::string_view> Charsmap::replacement(std::string_view characters) const {
  size_t node = child_offset(units_[0]);
  for (const char c : characters) {
    const auto byte = static_cast<unsigned char>(c);
    node ^= byte;
    if (byte == 0 || node >= units_.size() || label(units_[node]) != byte) return std::nullopt;
    const uint32_t unit = units_[node];
    node ^= child_offset(unit);
    if (!has_leaf(unit)) continue;
    if (node >= units_.size() || leaf_value(units_[node]) >= strings_.size()) return std::nullopt;
    const std::string_view rest = std::string_view(strings_).substr(leaf_value(units_[node]));
    return rest.substr(0, std::min(rest.find('\0'), kMaxReplacement));
  }
  return std::nullopt;
}

AlignedText Charsmap::normalize(const AlignedText& in) const {
  AlignedText out;
  out.reserve(in.size());
  const auto replace = [&](TextSpan range) {
    const auto found = replacement(in.view(range));
    if (found) out.append(*found, in.source_of(range));
    return found.has_value();
  };
  for (size_t begin = 0; begin < in.size();) {
    const size_t end = grapheme_end(in.text, begin);
    if (end - begin > kWholeGrapheme || !replace({begin, end})) {
      for (size_t i = begin; i < end;) {
        const TextSpan character{i, i + utf8::decode(in.text, i).length};
        if (!replace(character)) out.append(in, character);
        i = character.end;
      }
    }
    begin = end;
  }
  return out;
}

}  // namespace newbie::text
