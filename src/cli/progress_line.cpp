#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/terminal.h"
#include "image/terminal.h"

namespace newbie::cli {

std::string duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(std::lround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const Progress& progress) {
  if (quiet_) return;
  const std::string stage = prefix_ + progress.stage;
  const bool new_stage = stage != stage_;
  stage_ = stage;
  if (!terminal_) {
    if (new_stage) print_err(fmt::format("{} ...\n", stage_));
    return;
  }
  const bool finished = progress.done == progress.total;
  if (!new_stage && !finished && progress.elapsed_s - last_drawn_s_ < 0.1) return;
  last_drawn_s_ = progress.elapsed_s;

  constexpr int kWidth = 24;
  const double share =
      progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total)
                         : 0;
  const int filled = static_cast<int>(share * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < filled ? "━" : "─";
  const Style s = style(stderr);
  std::string left = duration(progress.elapsed_s);
  if (progress.remaining_s >= 0 && !finished)
    left += fmt::format(", {} left", duration(progress.remaining_s));
  print_err(fmt::format("\r\x1b[K{}{} {}{}{} {:3.0f} %  {}{}{}", s.reset, pad(stage_, 20), s.cyan,
                        bar, s.reset, share * 100, s.dim, left, s.reset));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::show_preview(const Pixels& pixels) {
  if (quiet_ || !terminal_) return;
  constexpr int64_t kColumns = 48;
  const image::Picture picture{pixels.width, pixels.height, 3, pixels.rgb};
  const std::string blocks = image::half_blocks(picture, std::min(kColumns, pixels.width));
  clear();
  if (preview_rows_ > 0) print_err(fmt::format("\x1b[{}A", preview_rows_));
  preview_rows_ = static_cast<int>(std::ranges::count(blocks, '\n'));
  print_err(blocks);
}

void ProgressLine::clear() {
  if (!drawn_) return;
  print_err("\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

void ProgressLine::clear_preview() {
  clear();
  if (preview_rows_ > 0) print_err(fmt::format("\x1b[{}A\x1b[J", preview_rows_));
  preview_rows_ = 0;
}

GenerateEvents progress_events(ProgressLine& line, bool quiet) {
  GenerateEvents events;
  events.progress = [&line](const Progress& progress) { line.show(progress); };
  events.note = [&line, quiet](const std::string& severity, const std::string& text) {
    if (quiet && severity != "error") return;
    line.clear();
    print_err(text);
  };
  return events;
}

}  // namespace newbie::cli
