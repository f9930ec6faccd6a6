#pragma once
/// Ctrl-C while the engine works.

#include "newbie/engine.h"

namespace newbie::cli {

/// While this lives, Ctrl-C and SIGTERM ask the engine to stop; a second one ends the program at
/// once. One at a time: signals belong to the whole process.
class InterruptHandler {
 public:
  explicit InterruptHandler(Engine& engine);
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

 private:
  void (*previous_interrupt_)(int);
  void (*previous_terminate_)(int);
};

}  // namespace newbie::cli
