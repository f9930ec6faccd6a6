#include "cli/interrupt.h"

#include <atomic>

namespace newbie::cli {
namespace {

// A signal handler has no other way to reach them; it may run on any thread of the process.
std::atomic<InterruptHandler*> innermost = nullptr;
std::atomic<int> asking = 0;

}  // namespace

void InterruptHandler::ask(int) {
  ++asking;
  if (const InterruptHandler* handler = innermost.load()) {
    handler->token_.request();
    if (handler->engine_) handler->engine_->cancel();
  }
  --asking;
}

InterruptHandler::InterruptHandler(Engine& engine) : engine_(&engine) { begin(); }

InterruptHandler::InterruptHandler(const CancelToken& token) : token_(token) { begin(); }

void InterruptHandler::begin() {
  outer_ = innermost.exchange(this);
  struct sigaction action {};
  action.sa_handler = ask;
  // Reset by the kernel, not by the handler: on another thread that might come too late, and take
  // away what the destructor has put back.
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, &interrupt_before_);
  ::sigaction(SIGTERM, &action, &terminate_before_);
}

InterruptHandler::~InterruptHandler() {
  ::sigaction(SIGINT, &interrupt_before_, nullptr);
  ::sigaction(SIGTERM, &terminate_before_, nullptr);
  innermost = outer_;
  while (asking != 0) {  // another thread is still in this one's handler
  }
}

}  // namespace newbie::cli
