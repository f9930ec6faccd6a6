#pragma once
/// Work on files that takes a while.

#include <chrono>
#include <csignal>
#include <string>

#include "base/error.h"
#include "cli/progress_line.h"
#include "model_tools/parts.h"

namespace newbie::cli {

/// Shows progress with the time left, and ends the work at the next piece after Ctrl-C.
class Watched {
 public:
  explicit Watched(bool quiet) : line_(quiet) {
    interrupted = 0;
    previous_ = std::signal(SIGINT, [](int) {
      interrupted = 1;
      std::signal(SIGINT, SIG_DFL);
    });
  }
  ~Watched() { std::signal(SIGINT, previous_); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  model_tools::Progress progress() {
    return [this](std::string_view stage, uint64_t done, uint64_t total) {
      if (interrupted) throw Error("request.cancelled", "stopped; nothing is left half-written");
      if (stage != stage_) {
        stage_ = stage;
        begun_ = Clock::now();
      }
      const double elapsed = std::chrono::duration<double>(Clock::now() - begun_).count();
      const double rate = elapsed > 0.2 ? static_cast<double>(done) / elapsed : 0;
      const double left = rate > 0 ? static_cast<double>(total - done) / rate : -1;
      constexpr int64_t kMegabyte = 1'000'000;
      line_.show({stage_, static_cast<int64_t>(done) / kMegabyte,
                  static_cast<int64_t>(total) / kMegabyte, elapsed, left});
    };
  }
  void clear() { line_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  static inline volatile std::sig_atomic_t interrupted = 0;
  ProgressLine line_;
  std::string stage_;
  Clock::time_point begun_;
  void (*previous_)(int);
};

}  // namespace newbie::cli
