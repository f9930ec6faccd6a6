#pragma once
/// Typing on a terminal: editing, history, completion (libedit).

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "workbench/completion.h"

namespace newbie::cli {

/// What was typed.
struct TypedLine {
  enum class Kind { line, interrupted, end } kind;
  std::string text;           ///< without its line break
  bool more_follows = false;  ///< the next line is there already: a paste
};

class LineEditor {
 public:
  using Complete = std::function<workbench::Completions(const std::string& line)>;

  /// Reads older lines from `history`, and keeps new ones there; "" for neither.
  LineEditor(const std::string& history, Complete complete);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Waits for a line. Ctrl-C drops what was typed, Ctrl-D on an empty line is the end.
  TypedLine read(const std::string& prompt);

  /// Calls `happened` whenever the descriptor becomes readable while a line is awaited; then the
  /// line is drawn again. -1 stops it.
  void also_await(int descriptor, std::function<void()> happened);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Where a program of this user keeps such a file: $XDG_STATE_HOME/newbie/NAME, or below
/// ~/.local/state; "" when there is no home.
std::string state_file(const std::string& name);

}  // namespace newbie::cli
