#include "cli/interrupt.h"

#include <csignal>

namespace newbie::cli {
namespace {

Engine* running = nullptr;  // a signal handler has no other way to reach it

void stop(int signal) {
  if (running) running->cancel();
  std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptHandler::InterruptHandler(Engine& engine) {
  running = &engine;
  previous_interrupt_ = std::signal(SIGINT, stop);
  previous_terminate_ = std::signal(SIGTERM, stop);
}

InterruptHandler::~InterruptHandler() {
  std::signal(SIGINT, previous_interrupt_);
  std::signal(SIGTERM, previous_terminate_);
  running = nullptr;
}

}  // namespace newbie::cli
