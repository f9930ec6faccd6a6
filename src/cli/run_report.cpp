#include "cli/run_report.h"

#include <fmt/format.h>

#include "cli/terminal.h"

namespace newbie::cli {

void print_report(const RunReport& report) {
  const Style s = style(stderr);
  std::string line = "time   ";
  for (const auto& [stage, seconds] : report.seconds) {
    if (seconds >= 0.05) line += fmt::format("{} {:.1f} s, ", stage, seconds);
  }
  if (line.ends_with(", ")) line.resize(line.size() - 2);
  print_err(fmt::format("{}{}{}\n", s.dim, line, s.reset));
  line = "memory ";
  for (const MemoryLine& memory : report.memory) {
    if (memory.peak_bytes >= (1 << 20)) {
      line += fmt::format("{} {:.0f} MiB, ", memory.name,
                          static_cast<double>(memory.peak_bytes) / (1 << 20));
    }
  }
  print_err(fmt::format("{}{}resident {:.0f} MiB at the peak{}\n", s.dim, line,
                        static_cast<double>(report.peak_resident_bytes) / (1 << 20), s.reset));
}

}  // namespace newbie::cli
