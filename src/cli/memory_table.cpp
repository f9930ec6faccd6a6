#include "cli/memory_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.h"

namespace newbie::cli {
namespace {

/// Less is not shown.
constexpr uint64_t kWorthARow = uint64_t{1} << 20;

}  // namespace

std::string memory_row(const std::string& title, const std::vector<std::string>& cells) {
  constexpr size_t kFirst = 28, kColumn = 18;
  std::string line = pad(title, kFirst);
  for (const std::string& cell : cells) line += pad(cell, kColumn);
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

void print_memory_table(const std::vector<MemoryColumn>& columns) {
  const Style s = style(stdout);
  const auto row = [&](const std::string& title, const auto& cell) {
    std::vector<std::string> cells;
    for (const MemoryColumn& column : columns) cells.push_back(cell(column));
    return memory_row(title, cells);
  };
  if (columns.size() > 1) {
    print_out(s.bold + row("", [](const MemoryColumn& column) { return column.title; }) + s.reset);
  }
  for (const Component c : {Component::encoder, Component::dit, Component::vae, Component::other}) {
    for (size_t u = 0; u < kMemoryUses; ++u) {
      const auto use = static_cast<MemoryUse>(u);
      const auto peak = [&](const MemoryColumn& column) { return column.report.of(c, use).peak; };
      if (std::ranges::none_of(columns, [&](auto& column) { return peak(column) >= kWorthARow; })) {
        continue;
      }
      print_out(row(engine::title_of(c, use), [&](const MemoryColumn& column) {
        return peak(column) == 0 ? "-" : to_string(ByteSize{peak(column)});
      }));
    }
  }
  print_out(s.bold +
            row("all at once",
                [](const MemoryColumn& column) {
                  return to_string(ByteSize{column.report.total.peak});
                }) +
            s.reset);
}

Json parts_json(const MemoryReport& report) {
  Json parts = Json::object();
  for (size_t c = 0; c < kComponents; ++c) {
    for (size_t u = 0; u < kMemoryUses; ++u) {
      const auto component = static_cast<Component>(c);
      const auto use = static_cast<MemoryUse>(u);
      const uint64_t peak = report.of(component, use).peak;
      if (peak > 0) parts[fmt::format("{} {}", name_of(component), name_of(use))] = peak;
    }
  }
  return parts;
}

}  // namespace newbie::cli
