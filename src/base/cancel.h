#pragma once
/// Cooperative cancellation: a flag that a signal handler may set and every op reads.

#include <atomic>
#include <memory>

namespace newbie {

/// Shared flag. Copies refer to the same flag; requesting is async-signal-safe through flag().
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void request() const { flag_->store(true, std::memory_order_relaxed); }
  /// Takes the request back, for the next piece of work.
  void clear() const { flag_->store(false, std::memory_order_relaxed); }
  bool requested() const { return flag_->load(std::memory_order_relaxed); }
  /// Throws Error `request.cancelled` when cancellation was requested.
  void throw_if_requested() const;
  std::atomic<bool>* flag() const { return flag_.get(); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace newbie
