#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "base/base64.h"
#include "image/terminal.h"

namespace newbie::image {
namespace {

// Green has a level more: the eye sees it best.
constexpr std::array<int, 3> kLevels{6, 7, 6};
constexpr int kColours = 6 * 7 * 6;

/// Thresholds of an 8 x 8 ordered dither in [0, 64).
constexpr int threshold(int64_t x, int64_t y) {
  int value = 0;
  for (int bit = 0; bit < 3; ++bit) {
    const int a = static_cast<int>(x >> bit & 1) ^ static_cast<int>(y >> bit & 1);
    const int b = static_cast<int>(y >> bit & 1);
    value |= (a << 1 | b) << (2 * (2 - bit));
  }
  return value;
}

int colour_index(const uint8_t* rgb, int64_t x, int64_t y) {
  int index = 0;
  for (size_t c = 0; c < 3; ++c) {
    const int steps = kLevels[c] - 1;
    // level * steps / 255, rounded up where the remainder beats the threshold
    const int level = (rgb[c] * steps * 64 + threshold(x, y) * 255) / (255 * 64);
    index = index * kLevels[c] + std::min(level, steps);
  }
  return index;
}

std::string palette() {
  std::string out;
  for (int i = 0; i < kColours; ++i) {
    const int r = i / (kLevels[1] * kLevels[2]), g = i / kLevels[2] % kLevels[1],
              b = i % kLevels[2];
    fmt::format_to(std::back_inserter(out), "#{};2;{};{};{}", i, r * 100 / (kLevels[0] - 1),
                   g * 100 / (kLevels[1] - 1), b * 100 / (kLevels[2] - 1));
  }
  return out;
}

/// One colour's part of six rows, runs counted.
void append_runs(const std::vector<uint8_t>& bits, std::string& out) {
  for (size_t x = 0; x < bits.size();) {
    size_t end = x;
    while (end < bits.size() && bits[end] == bits[x]) ++end;
    const char sixel = static_cast<char>('?' + bits[x]);
    if (end - x > 3) {
      fmt::format_to(std::back_inserter(out), "!{}{}", end - x, sixel);
    } else {
      out.append(end - x, sixel);
    }
    x = end;
  }
}

}  // namespace

std::string sixels(const Picture& picture) {
  const Picture rgb = to_rgb(picture);
  std::string out = fmt::format("\x1bP0;1q\"1;1;{};{}", rgb.width, rgb.height) + palette();
  std::vector<std::vector<uint8_t>> bands(kColours);
  for (int64_t top = 0; top < rgb.height; top += 6) {
    for (auto& band : bands) band.clear();
    for (int64_t y = top; y < std::min(top + 6, rgb.height); ++y) {
      for (int64_t x = 0; x < rgb.width; ++x) {
        auto& band = bands[static_cast<size_t>(colour_index(rgb.row(y) + 3 * x, x, y))];
        if (band.empty()) band.resize(static_cast<size_t>(rgb.width));
        band[static_cast<size_t>(x)] |= static_cast<uint8_t>(1 << (y - top));
      }
    }
    for (size_t c = 0; c < bands.size(); ++c) {
      if (bands[c].empty()) continue;
      fmt::format_to(std::back_inserter(out), "#{}", c);
      append_runs(bands[c], out);
      out += '$';
    }
    out += '-';
  }
  return out + "\x1b\\";
}

std::string kitty_picture(std::string_view png, int64_t columns) {
  constexpr size_t kPiece = 4096;  // the protocol's limit
  const std::string text = to_base64(png);
  std::string out;
  for (size_t at = 0; at < text.size(); at += kPiece) {
    const bool more = at + kPiece < text.size();
    const std::string keys = at == 0 ? fmt::format("a=T,f=100,q=2,c={},m={}", columns, int{more})
                                     : fmt::format("m={}", int{more});
    out += fmt::format("\x1b_G{};{}\x1b\\", keys, std::string_view(text).substr(at, kPiece));
  }
  return out + "\n";
}

std::string iterm_picture(std::string_view png, int64_t columns) {
  return fmt::format("\x1b]1337;File=inline=1;size={};width={};preserveAspectRatio=1:{}\x07\n",
                     png.size(), columns, to_base64(png));
}

}  // namespace newbie::image
