#include "cli/picture_view.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/terminal.h"
#include "image/resize.h"
#include "image/terminal.h"

namespace newbie::cli {
namespace {

constexpr int64_t kMostColumns = 64;
constexpr int64_t kLongestSixels = 640;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// What the terminal answers when asked for its attributes (DA1), "" when it does not in time.
/// Whoever types ahead is not interrupted.
std::string asked_attributes() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::isatty(STDIN_FILENO) == 0 || ::poll(&input, 1, 0) > 0) return "";
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return "";
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  print_out("\x1b[c");
  std::fflush(stdout);
  std::string answer;
  char c = 0;
  while (answer.size() < 64 && ::poll(&input, 1, 150) > 0 && ::read(STDIN_FILENO, &c, 1) == 1) {
    answer += c;
    if (c == 'c') break;
  }
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
  return answer;
}

/// `ESC [ ? 62 ; 4 ; 6 c`: attribute 4 is sixel graphics.
bool has_sixels(const std::string& attributes) {
  return attributes.find(";4;") != attributes.npos || attributes.ends_with(";4c");
}

Display detected() {
  if (::isatty(STDOUT_FILENO) == 0) return Display::none;
  const std::string_view term = environment("TERM");
  const std::string_view program = environment("TERM_PROGRAM");
  if (term == "dumb") return Display::none;
  if (!environment("KITTY_WINDOW_ID").empty() || term == "xterm-kitty" || term == "xterm-ghostty" ||
      program == "ghostty") {
    return Display::kitty;
  }
  if (program == "iTerm.app" || program == "WezTerm" || program == "mintty") return Display::iterm;
  return has_sixels(asked_attributes()) ? Display::sixel : Display::blocks;
}

int64_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 4;
  return std::min<int64_t>(kMostColumns, known ? size.ws_col - 2 : 78);
}

image::Picture small(const image::Picture& picture) {
  const int64_t side = std::max(picture.width, picture.height);
  if (side <= kLongestSixels) return picture;
  return image::resize(picture, picture.width * kLongestSixels / side,
                       picture.height * kLongestSixels / side, image::Filter::lanczos);
}

}  // namespace

const std::vector<std::string>& display_choices() {
  static const std::vector<std::string> choices{"auto",  "none",  "blocks",
                                                "kitty", "iterm", "sixel"};
  return choices;
}

Display chosen_display(const std::string& choice) {
  if (choice == "none") return Display::none;
  if (choice == "blocks") return Display::blocks;
  if (choice == "kitty") return Display::kitty;
  if (choice == "iterm") return Display::iterm;
  return choice == "sixel" ? Display::sixel : detected();
}

void show_picture(Display display, const GeneratedImage& picture) {
  const image::Picture pixels{picture.pixels.width, picture.pixels.height, 3, picture.pixels.rgb};
  switch (display) {
    case Display::none:
      return;
    case Display::blocks:
      print_out(image::half_blocks(pixels, std::min(columns(), pixels.width)));
      break;
    case Display::kitty:
      print_out(image::kitty_picture(picture.png, columns()));
      break;
    case Display::iterm:
      print_out(image::iterm_picture(picture.png, columns()));
      break;
    case Display::sixel:
      print_out(image::sixels(small(pixels)) + "\n");
      break;
  }
  std::fflush(stdout);
}

}  // namespace newbie::cli
