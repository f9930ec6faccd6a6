#include "prompt/decode_legacy.h"

#include <iconv.h>

#include <array>

#include "base/utf8.h"

namespace newbie::prompt {

std::string decode_cp1252(std::string_view bytes) {
  // 0x80 to 0x9F; the rest is Latin-1.
  constexpr std::array<char16_t, 32> kHigh{
      0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
      0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    utf8::append(out, byte >= 0x80 && byte < 0xA0 ? kHigh[byte - 0x80U] : byte);
  }
  return out;
}

std::optional<std::string> decode_gbk(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % 2 != 0) return std::nullopt;
  const iconv_t converter = iconv_open("UTF-8", "GBK");
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string out(bytes.size() * 2, '\0');
  std::string in(bytes);
  char* from = in.data();
  char* to = out.data();
  size_t from_left = in.size();
  size_t to_left = out.size();
  const bool ok = iconv(converter, &from, &from_left, &to, &to_left) != static_cast<size_t>(-1);
  iconv_close(converter);
  if (!ok || from_left > 0) return std::nullopt;
  out.resize(out.size() - to_left);
  for (size_t i = 0; i < out.size();) {
    const utf8::Decoded c = utf8::decode(out, i);
    const bool chinese = utf8::is_cjk(c.code_point) ||
                         (c.code_point >= 0x3000 && c.code_point < 0x3030) ||
                         (c.code_point >= 0xFF00 && c.code_point < 0xFF60);
    if (!c.valid || !chinese) return std::nullopt;
    i += c.length;
  }
  return out;
}

}  // namespace newbie::prompt
