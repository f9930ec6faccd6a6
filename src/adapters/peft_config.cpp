#include "adapters/peft_config.h"

#include <algorithm>
#include <set>

#include "base/json.h"

namespace newbie::adapters {
namespace {

/// The value that occurs most often; the smallest of equals.
template <class T>
T most_common(const std::vector<T>& values, T otherwise) {
  std::map<T, size_t> counts;
  for (const T& value : values) ++counts[value];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; });
  return most == counts.end() ? otherwise : most->first;
}

/// A whole number without a fraction, as other tools write it.
Json number(double value) {
  const auto whole = static_cast<int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

}  // namespace

std::string peft_config(const Adapter& adapter) {
  std::vector<int64_t> ranks;
  std::vector<double> alphas;
  bool dora = false, lokr = false;
  std::set<std::string> modules;
  const auto alpha_of = [](const Module& m) { return m.scale * static_cast<double>(m.rank); };
  for (const Module& module : adapter.modules) {
    dora |= module.has(Factor::magnitude);
    lokr |= module.kind == Kind::lokr;
    modules.insert(module.path);
    if (module.rank == 0) continue;
    ranks.push_back(module.rank);
    alphas.push_back(alpha_of(module));
  }
  // Full factors have no rank; the trainer's configs then name one that none can have.
  constexpr int64_t kNoRank = 114514;
  const int64_t rank = most_common(ranks, kNoRank);
  const double alpha = most_common(alphas, static_cast<double>(kNoRank));
  if (lokr) {
    const Json json{{"adapter_type", "lyco_lokr"},   {"peft_type", "LYCORIS"},
                    {"lycoris_type", "lokr"},        {"r", rank},
                    {"network_dim", rank},           {"lora_alpha", number(alpha)},
                    {"network_alpha", number(alpha)}};
    return json.dump(2) + "\n";
  }
  Json rank_pattern = Json::object(), alpha_pattern = Json::object();
  for (const Module& module : adapter.modules) {
    if (module.rank != rank) rank_pattern["^" + module.path] = module.rank;
    if (alpha_of(module) != alpha) alpha_pattern["^" + module.path] = number(alpha_of(module));
  }
  const Json json{{"peft_type", "LORA"},
                  {"base_model_name_or_path", nullptr},
                  {"bias", "none"},
                  {"fan_in_fan_out", false},
                  {"inference_mode", true},
                  {"init_lora_weights", true},
                  {"r", rank},
                  {"lora_alpha", number(alpha)},
                  {"lora_dropout", 0.0},
                  {"rank_pattern", rank_pattern},
                  {"alpha_pattern", alpha_pattern},
                  {"target_modules", modules},
                  {"task_type", nullptr},
                  {"use_dora", dora},
                  {"use_rslora", false}};
  return json.dump(2) + "\n";
}

}  // namespace newbie::adapters
