#include "base/utf8.h"

#include <algorithm>
#include <array>

namespace newbie::utf8 {

Decoded decode(std::string_view text, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const size_t left = text.size() - offset;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, value = lead & 0x1F, smallest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, value = lead & 0x0F, smallest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, value = lead & 0x07, smallest = 0x10000;
  } else {
    return {kReplacement, 1, false};
  }
  if (left < length) return {kReplacement, 1, false};
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kReplacement, 1, false};
    value = value << 6 | (byte(i) & 0x3F);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || surrogate || value > 0x10FFFF) return {kReplacement, 1, false};
  return {value, length, true};
}

void append(std::string& out, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = kReplacement;
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)),
        put(0x80 | (c & 0x3F));
  }
}

std::string encode(char32_t code_point) {
  std::string out;
  append(out, code_point);
  return out;
}

size_t count(std::string_view text) {
  size_t n = 0;
  for (size_t i = 0; i < text.size(); i += decode(text, i).length) ++n;
  return n;
}

std::optional<size_t> first_invalid(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Decoded d = decode(text, i);
    if (!d.valid) return i;
    i += d.length;
  }
  return std::nullopt;
}

std::u32string to_u32(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const Decoded d = decode(text, i);
    out.push_back(d.code_point);
    i += d.length;
  }
  return out;
}

std::string from_u32(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) append(out, c);
  return out;
}

namespace {

struct Range {
  char32_t first, last;
};

template <size_t N>
bool in_ranges(const std::array<Range, N>& ranges, char32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t v, const Range& r) { return v < r.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

// Unicode 15, East Asian Width W and F, plus emoji presentation; merged into coarse ranges.
constexpr std::array<Range, 17> kWide{{{0x1100, 0x115F},
                                       {0x231A, 0x231B},
                                       {0x2329, 0x232A},
                                       {0x23E9, 0x23F3},
                                       {0x2614, 0x2615},
                                       {0x26A1, 0x26A1},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0x4DBF},
                                       {0x4E00, 0xA4CF},
                                       {0xA960, 0xA97F},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F000, 0x1FAFF},
                                       {0x20000, 0x3FFFD}}};

constexpr std::array<Range, 7> kZero{{{0x0300, 0x036F},
                                      {0x0483, 0x0489},
                                      {0x1AB0, 0x1AFF},
                                      {0x1DC0, 0x1DFF},
                                      {0x200B, 0x200F},
                                      {0x20D0, 0x20FF},
                                      {0xFE00, 0xFE0F}}};

constexpr std::array<Range, 7> kCjk{{{0x3005, 0x3007},
                                     {0x3040, 0x30FF},
                                     {0x3400, 0x4DBF},
                                     {0x4E00, 0x9FFF},
                                     {0xAC00, 0xD7A3},
                                     {0xF900, 0xFAFF},
                                     {0x20000, 0x3FFFD}}};

}  // namespace

size_t display_width(char32_t c) {
  if (in_ranges(kZero, c)) return 0;
  return in_ranges(kWide, c) ? 2 : 1;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const Decoded d = decode(text, i);
    width += display_width(d.code_point);
    i += d.length;
  }
  return width;
}

bool is_cjk(char32_t c) { return in_ranges(kCjk, c); }

}  // namespace newbie::utf8
