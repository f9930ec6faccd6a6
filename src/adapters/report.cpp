#include "adapters/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "adapters/delta.h"
#include "base/json.h"

namespace newbie::adapters {
namespace {

/// "4", or "4 to 16".
template <class T>
std::string range(const std::set<T>& values) {
  return values.size() == 1 ? fmt::format("{}", *values.begin())
                            : fmt::format("{} to {}", *values.begin(), *values.rbegin());
}

std::string kind_of(const Module& module) {
  const std::string name(name_of(module.kind));
  if (!module.has(Factor::magnitude)) return name;
  return module.kind == Kind::lora ? "DoRA" : name + " with DoRA";
}

/// "layers.*.attention.qkv": paths that differ in numbers only share a row.
std::string without_numbers(const std::string& path) {
  std::string out;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    const bool counts = number && begin > 0 && end < path.size();
    out += (begin > 0 ? "." : "") + (counts ? "*" : part);
    begin = end + 1;
  }
  return out;
}

std::vector<std::string> types_of(const Adapter& adapter) {
  std::set<std::string> types;
  for (const Module& module : adapter.modules) {
    for (const Tensor& factor : module.factors) {
      if (factor.defined()) types.insert(std::string(name_of(factor.dtype())));
    }
  }
  return {types.begin(), types.end()};
}

struct Row {
  int64_t count = 0;
  std::set<std::string> kinds;
  std::set<int64_t> ranks;
  std::set<double> scales;
  double largest = 0;
};

constexpr size_t kMostListed = 20;

void add_list(std::string& out, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += fmt::format("\n  {} ({})\n", title, lines.size());
  for (size_t i = 0; i < std::min(lines.size(), kMostListed); ++i) {
    out += fmt::format("    {}\n", lines[i]);
  }
  if (lines.size() > kMostListed)
    out += fmt::format("    and {} more\n", lines.size() - kMostListed);
}

}  // namespace

std::string summary(const Adapter& adapter) {
  std::set<std::string> kinds, networks;
  std::set<int64_t> ranks;
  std::set<double> alphas;
  for (const Module& module : adapter.modules) {
    kinds.insert(kind_of(module));
    if (!module.network.empty()) networks.insert(module.network);
    if (module.rank == 0) continue;
    ranks.insert(module.rank);
    alphas.insert(module.alpha);
  }
  std::string text =
      fmt::format("{} of {} modules", fmt::join(kinds, ", "), adapter.modules.size());
  if (!networks.empty()) text += fmt::format(" of {}", fmt::join(networks, ", "));
  if (!ranks.empty()) text += fmt::format(", rank {}, alpha {}", range(ranks), range(alphas));
  return text;
}

std::string to_text(const Adapter& adapter) {
  std::string out = adapter.source.string() + "\n";
  const auto line = [&](std::string_view label, const std::string& value) {
    out += fmt::format("  {:<10} {}\n", label, value);
  };
  std::set<std::string> origins;
  std::map<std::string, Row> rows;
  size_t widest = 7;
  for (const Module& module : adapter.modules) {
    origins.insert(module.scale_from);
    const std::string name = without_numbers(module.path);
    widest = std::max(widest, name.size());
    Row& row = rows[name];
    ++row.count;
    row.kinds.insert(kind_of(module));
    row.ranks.insert(module.rank);
    row.scales.insert(module.scale);
    row.largest = std::max(row.largest, norm(module));
  }
  line("names", fmt::format("{}", fmt::join(adapter.dialects, ", ")));
  line("changes", summary(adapter));
  line("alpha", fmt::format("from {}", fmt::join(origins, ", ")));
  line("values", fmt::format("{} in {}", adapter.parameters(), fmt::join(types_of(adapter), ", ")));
  for (const auto& [key, value] : adapter.metadata) {
    line("metadata", fmt::format("{} = {:.80}{}", key, value, value.size() > 80 ? "..." : ""));
  }
  for (const std::string& note : adapter.notes) line("note", note);
  out += fmt::format("\n  {:<{}}  {:>5}  {:<6}  {:>8}  {:>8}  {}\n", "modules", widest, "count",
                     "kind", "rank", "scale", "largest change");
  for (const auto& [name, row] : rows) {
    out += fmt::format("  {:<{}}  {:>5}  {:<6}  {:>8}  {:>8}  {:.3g}\n", name, widest, row.count,
                       fmt::format("{}", fmt::join(row.kinds, ", ")),
                       row.ranks == std::set<int64_t>{0} ? "-" : range(row.ranks),
                       range(row.scales), row.largest);
  }
  add_list(out, "not in this model", adapter.unmatched);
  add_list(out, "no part of an adapter", adapter.unknown_keys);
  return out;
}

std::string to_json(const Adapter& adapter) {
  Json json{{"file", adapter.source.string()}, {"names", adapter.dialects},
            {"summary", summary(adapter)},     {"parameters", adapter.parameters()},
            {"dtypes", types_of(adapter)},     {"metadata", adapter.metadata},
            {"notes", adapter.notes},          {"modules", Json::array()},
            {"unmatched", adapter.unmatched},  {"unknown_keys", adapter.unknown_keys}};
  for (const Module& module : adapter.modules) {
    const auto sizes = module.weight.sizes();
    Json entry{
        {"path", module.path},     {"network", module.network},
        {"kind", kind_of(module)}, {"weight", std::vector<int64_t>(sizes.begin(), sizes.end())},
        {"rank", module.rank},     {"alpha", module.alpha},
        {"scale", module.scale},   {"scale_from", module.scale_from},
        {"norm", norm(module)}};
    if (module.network.empty()) entry.erase("network");
    json["modules"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace newbie::adapters
