#include "base/trace.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

namespace newbie {
namespace {

void write_to_stderr(std::string_view topic, std::string_view line) {
  fmt::print(stderr, "[{}] {}\n", topic, line);
}

/// Topics stand between commas: ",ops,weights,".
struct Listener {
  std::mutex mutex;
  std::atomic<bool> active{false};
  std::string topics;
  TraceSink sink;

  Listener() {
    if (const char* asked = std::getenv("NEWBIE_TRACE")) listen(asked, write_to_stderr);
  }

  void listen(std::string_view names, TraceSink to) {
    const std::lock_guard lock(mutex);
    topics = fmt::format(",{},", names);
    sink = std::move(to);
    active = !names.empty() && sink != nullptr;
  }

  /// The sink when it hears the topic, else empty.
  TraceSink hears(std::string_view topic) {
    if (!active.load(std::memory_order_relaxed)) return {};
    const std::lock_guard lock(mutex);
    return topics.find(fmt::format(",{},", topic)) == std::string::npos ? TraceSink{} : sink;
  }
};

Listener& listener() {
  static Listener instance;
  return instance;
}

}  // namespace

bool tracing(std::string_view topic) { return listener().hears(topic) != nullptr; }

void trace(std::string_view topic, std::string_view line) {
  if (const TraceSink sink = listener().hears(topic)) sink(topic, line);
}

void set_trace(std::string_view topics, TraceSink sink) {
  listener().listen(topics, std::move(sink));
}

}  // namespace newbie
