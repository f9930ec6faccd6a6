#pragma once
/// Progress on standard error: one line that moves on a terminal, one line per stage elsewhere.

#include <string>
#include <utility>

#include "newbie/engine.h"

namespace newbie::cli {

class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine() { clear(); }

  void show(const Progress& progress);
  /// Text before every stage from now on, such as "3/9 ".
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }
  /// Draws the picture so far above the line; does nothing where there is no terminal.
  void show_preview(const Pixels& pixels);
  /// Wipes line and preview, which another picture takes the place of.
  void clear_preview();
  /// Wipes the line so that other text can be printed.
  void clear();

 private:
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  int preview_rows_ = 0;
  double last_drawn_s_ = -1;
  std::string stage_;
  std::string prefix_;
};

/// Events that move the line and print findings above it; quiet, only errors are printed.
GenerateEvents progress_events(ProgressLine& line, bool quiet);

/// "3.2 s", "4 min 05 s", "2 h 11 min".
std::string duration(double seconds);

}  // namespace newbie::cli
