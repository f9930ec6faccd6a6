#include "ops/candidates.h"

#include <cstdlib>

#include "base/trace.h"
#include "ops/candidate_lists.h"
#include "ops/cpu/dnnl.h"
#include "ops/start.h"

#if NEWBIE_CUDA
#include "ops/cuda/matmul.h"
#endif

namespace newbie::ops {

void trace_choice(std::string_view op, std::string_view candidate, std::string_view declined) {
  if (tracing("ops")) trace("ops", fmt::format("{} -> {}{}", op, candidate, declined));
}

std::string passed_over(std::string_view op, std::string_view candidate) {
  static const std::string names = [] {
    const char* asked = std::getenv("NEWBIE_SKIP");
    return asked ? fmt::format(",{},", asked) : std::string();
  }();
  const bool named =
      !names.empty() && names.find(fmt::format(",{}/{},", op, candidate)) != std::string::npos;
  return named ? "passed over by NEWBIE_SKIP" : "";
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  std::vector<std::pair<std::string, std::string>> found{{"oneDNN", cpu::dnnl_version_text()}};
#if NEWBIE_CUDA
  for (auto& library : cuda::library_versions()) found.push_back(std::move(library));
#endif
  return found;
}

void start_there(const Device& device) {
#if NEWBIE_CUDA
  cuda::start(device);
#else
  static_cast<void>(device);
#endif
}

}  // namespace newbie::ops
