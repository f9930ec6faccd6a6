#pragma once
/// Ctrl-C while something works.

#include <csignal>

#include "base/cancel.h"
#include "newbie/engine.h"

namespace newbie::cli {

/// While this lives, the first Ctrl-C or SIGTERM asks the work to stop, and a second one ends the
/// program at once. They nest: the innermost is asked. One thread at a time: signals belong to the
/// whole process.
class InterruptHandler {
 public:
  explicit InterruptHandler(Engine& engine);
  explicit InterruptHandler(const CancelToken& token);
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

 private:
  static void ask(int signal);
  void begin();

  Engine* engine_ = nullptr;
  CancelToken token_;
  InterruptHandler* outer_ = nullptr;
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
};

}  // namespace newbie::cli
