#pragma once
/// How an op finds its implementation: an ordered list per device, fastest first, the plain
/// reference last on the CPU. A candidate declines with a reason; NEWBIE_TRACE=ops tells what was
/// chosen.

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// One implementation of an op. `declines` returns "" to accept, else the reason.
template <class... Args>
struct Candidate {
  std::string_view name;
  DeviceKind device;
  std::string (*declines)(const Args&...);
  void (*run)(Tensor& out, const Args&...);
};

template <class... Args>
using CandidateList = std::span<const Candidate<Args...>>;

/// For candidates that take everything their device is asked.
template <class... Args>
std::string accepts_all(const Args&...) {
  return {};
}

/// Reports the choice when NEWBIE_TRACE=ops is set.
void trace_choice(std::string_view op, std::string_view candidate, std::string_view declined);

/// Runs the first candidate that accepts. Errors: `request.cancelled`; `ops.unsupported` naming the
/// op, the shapes and why each candidate declined.
template <class... Args>
void run_candidates(std::string_view op, std::span<const Candidate<Args...>> candidates,
                    Tensor& out, const Args&... args) {
  out.device().cancel().throw_if_requested();
  std::string declined;
  for (const Candidate<Args...>& candidate : candidates) {
    if (candidate.device != out.device().kind()) continue;
    const std::string reason = candidate.declines(args...);
    if (reason.empty()) {
      trace_choice(op, candidate.name, declined);
      candidate.run(out, args...);
      return;
    }
    declined += fmt::format("; {}: {}", candidate.name, reason);
  }
  throw Error("ops.unsupported", fmt::format("{} to {} cannot run on {}{}", op, out.str(),
                                             out.device().name(), declined));
}

}  // namespace newbie::ops
