#pragma once
/// Reports of memory as a table for people and as JSON.

#include <string>
#include <vector>

#include "base/json.h"
#include "engine/memory_advice.h"

namespace newbie::cli {

/// One way of running something, and what it takes.
struct MemoryColumn {
  std::string title;  ///< "offload all"; shown only beside others
  const MemoryReport& report;
};

/// A row of the table: a title, then a cell for each column.
std::string memory_row(const std::string& title, const std::vector<std::string>& cells);

/// Prints a row per part that matters in any column, and one for all at once.
void print_memory_table(const std::vector<MemoryColumn>& columns);

/// Peaks in bytes: {"dit weights": 123}, without what takes nothing.
Json parts_json(const MemoryReport& report);

}  // namespace newbie::cli
