#pragma once
/// Time per stage, and how much is left.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "newbie/engine.h"

namespace newbie::engine {

/// Reports progress of one stage after another and remembers how long each took.
class Stopwatch {
 public:
  explicit Stopwatch(const std::function<void(const Progress&)>& report) : report_(report) {}

  /// Ends the stage before it.
  void begin(std::string stage, int64_t total) {
    end();
    progress_ = {std::move(stage), 0, total, 0, -1};
    started_ = Clock::now();
    running_ = true;
    tell();
  }
  void advance(int64_t done) {
    progress_.done = done;
    tell();
  }
  void advance(int64_t done, int64_t total) {
    progress_.total = total;
    advance(done);
  }
  void end() {
    if (!running_) return;
    running_ = false;
    seconds_.emplace_back(progress_.stage, since());
  }
  const std::vector<std::pair<std::string, double>>& seconds() const { return seconds_; }

 private:
  using Clock = std::chrono::steady_clock;
  double since() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  void tell() {
    if (!report_) return;
    progress_.elapsed_s = since();
    // The first pieces of a stage tell little; a rate needs a twentieth of it.
    const bool known = progress_.done > 0 && progress_.done * 20 >= progress_.total;
    progress_.remaining_s = known ? progress_.elapsed_s / static_cast<double>(progress_.done) *
                                        static_cast<double>(progress_.total - progress_.done)
                                  : -1;
    report_(progress_);
  }

  const std::function<void(const Progress&)>& report_;
  Progress progress_;
  Clock::time_point started_;
  bool running_ = false;
  std::vector<std::pair<std::string, double>> seconds_;
};

}  // namespace newbie::engine
