#pragma once
/// What the next steps need, made by other threads while the present one computes.

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/parallel.h"

namespace newbie::train {

/// Things by number. `make` is a function of the number alone, so how many threads there are
/// changes nothing but the time. At most `depth` things wait to be taken.
template <class Thing>
class ReadAhead {
 public:
  /// Asks `cancel` between its parts: it is requested when nobody will take the thing.
  using Make = std::function<Thing(int64_t number, const CancelToken& cancel)>;

  /// Threads start with the first take(). Without any, things are made when they are asked for.
  ReadAhead(int threads, int64_t depth, Make make)
      : make_(std::move(make)), thread_count_(threads), depth_(depth) {}
  ~ReadAhead() { stop(); }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Thing `number`; those that follow are made meanwhile. Another number than the one after the
  /// last starts over from there. Errors: those of `make`, with their own text.
  Thing take(int64_t number) {
    if (thread_count_ <= 0 || depth_ <= 0) return make_(number, {});
    if (threads_.empty() || number != next_taken_) start(number);
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return ready_.contains(number); });
    Slot slot = std::move(ready_.extract(number).mapped());
    ++next_taken_;
    lock.unlock();
    room_.notify_all();
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(*slot.thing);
  }

 private:
  struct Slot {
    std::optional<Thing> thing;
    std::exception_ptr error;
  };

  void start(int64_t number) {
    stop();
    next_taken_ = next_made_ = number;
    cancel_ = {};
    stopping_ = false;
    for (int i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { work(); });
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
      cancel_.request();
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    ready_.clear();
  }

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return stopping_ || next_made_ < next_taken_ + depth_; });
      if (stopping_) return;
      const int64_t number = next_made_++;
      lock.unlock();
      Slot slot;
      try {
        // Loops inside run on this thread: others make other things meanwhile.
        parallel_for(1, 1, [&](int64_t) { slot.thing.emplace(make_(number, cancel_)); });
      } catch (...) {
        slot.error = std::current_exception();
      }
      lock.lock();
      ready_.emplace(number, std::move(slot));
      lock.unlock();
      made_.notify_all();
    }
  }

  Make make_;
  int thread_count_;
  int64_t depth_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable made_, room_;
  std::map<int64_t, Slot> ready_;
  int64_t next_taken_ = 0, next_made_ = 0;
  CancelToken cancel_;
  bool stopping_ = false;
};

}  // namespace newbie::train
