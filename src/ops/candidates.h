#pragma once
/// How an op finds its implementation: an ordered list per device, fastest first, the plain
/// reference last on the CPU. A candidate declines with a reason; NEWBIE_TRACE=ops tells what was
/// chosen.

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  /// run() takes memory beside `out`: on a device that plans it is called too, takes what it needs
  /// and returns before it computes.
  bool takes_memory = false;
};

template <class... Args>
using CandidateList = std::span<const Candidate<Args...>>;

/// For candidates that take everything their device is asked.
template <class... Args>
std::string accepts_all(const Args&...) {
  return {};
}

/// Whether an argument is in doubles, which are for checks: only the reference computes in them.
inline bool in_doubles(const Tensor& x) { return x.defined() && x.dtype() == DType::f64; }
inline bool in_doubles(const std::pair<float, Tensor>& term) { return in_doubles(term.second); }
template <class Arg>
bool in_doubles(const Arg&) {
  return false;
}
template <class Item>
bool in_doubles(const std::vector<Item>& items) {
  return std::ranges::any_of(items, [](const Item& item) { return in_doubles(item); });
}

/// For candidates that take everything else.
template <class... Args>
std::string declines_doubles(const Args&... args) {
  return (in_doubles(args) || ...) ? "doubles are for the reference" : "";
}

/// Reports the choice when NEWBIE_TRACE=ops is set.
void trace_choice(std::string_view op, std::string_view candidate, std::string_view declined);

/// Why a candidate is passed over: NEWBIE_SKIP=op/candidate,... names it. "" when it is not.
std::string passed_over(std::string_view op, std::string_view candidate);

/// Runs the first candidate that accepts. Errors: `request.cancelled`; `ops.unsupported` naming the
/// op, the shapes and why each candidate declined.
template <class... Args>
void run_candidates(std::string_view op, std::span<const Candidate<Args...>> candidates,
                    Tensor& out, const Args&... args) {
  out.device().cancel().throw_if_requested();
  std::string declined;
  for (const Candidate<Args...>& candidate : candidates) {
    if (candidate.device != out.device().kind()) continue;
    std::string reason = passed_over(op, candidate.name);
    if (reason.empty()) reason = candidate.declines(args...);
    if (reason.empty()) {
      if (out.device().plans() && !candidate.takes_memory) return;
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
