#pragma once
/// Reading the embedded tab-separated tables.

#include <array>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace newbie::prompt {

/// The rows of an embedded table; every row has `Columns` columns.
/// Errors: `internal.invariant` for a malformed row: the tables are ours.
template <size_t Columns>
std::vector<std::array<std::string_view, Columns>> table_rows(std::string_view table) {
  std::vector<std::array<std::string_view, Columns>> rows;
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(line.size() + (line.size() < table.size()));
    std::array<std::string_view, Columns> row;
    for (size_t column = 0; column < Columns; ++column) {
      const size_t tab = line.find('\t');
      check((tab == line.npos) == (column + 1 == Columns), "a tag table row has its columns");
      row[column] = line.substr(0, tab);
      line.remove_prefix(tab == line.npos ? line.size() : tab + 1);
    }
    rows.push_back(row);
  }
  return rows;
}

/// The parts of a list joined by ", ".
inline std::vector<std::string_view> table_list(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t comma = list.find(", ");
    parts.push_back(list.substr(0, comma));
    if (comma == list.npos) return parts;
    list.remove_prefix(comma + 2);
  }
}

}  // namespace newbie::prompt
