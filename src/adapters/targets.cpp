#include "adapters/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"

namespace newbie::adapters {
namespace {

constexpr std::string_view kWeight = ".weight";

/// Put before paths by trainers, nodes and libraries, one after the other in any sequence.
constexpr std::array<std::string_view, 30> kPrefixes{
    "base_model.",       "model.",          "diffusion_model.",
    "transformer.",      "unet.",           "lora_unet_",
    "lora_transformer_", "lycoris_",        "diffusion_model_",
    "transformer_",      "base_model_",     "model_",
    "text_encoder.",     "text_encoder_2.", "text_encoders.",
    "lora_te_",          "lora_te1_",       "lora_te2_",
    "text_encoder_",     "text_encoder_2_", "clip_model.",
    "language_model.",   "text_model.",     "roberta.",
    "gemma3_4b.",        "jina_clip_2.",    "language_model_",
    "text_model_",       "module.",         "_orig_mod."};

std::string flat(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

std::string module_of(std::string_view tensor) {
  return std::string(tensor.substr(0, tensor.size() - kWeight.size()));
}

/// Tables of rows are looked up, not multiplied: adapters cannot add to them.
bool is_table(std::string_view tensor) {
  return tensor.find("embed_tokens") != tensor.npos || tensor.find("_embeddings.") != tensor.npos;
}

bool ends_at_dot(std::string_view path, std::string_view pattern) {
  if (!path.ends_with(pattern)) return false;
  return path.size() == pattern.size() || path[path.size() - pattern.size() - 1] == '.';
}

}  // namespace

void Targets::add_alias(const std::string& name, Found found) {
  const auto same = [&](const Found& other) {
    return other.target == found.target && other.row_begin == found.row_begin &&
           other.row_end == found.row_end;
  };
  const auto [at, fresh] = aliases_.try_emplace(name, found);
  // A name that two modules share names neither.
  if (!fresh && !same(at->second)) at->second.target = nullptr;
}

void Targets::add(const std::string& network, const std::vector<io::TensorSpec>& expected,
                  const std::vector<io::NamesTable>& layouts) {
  layouts_[network] = layouts;
  for (const io::TensorSpec& spec : expected) {
    if (!spec.name.ends_with(kWeight) || spec.shape.rank() == 0 || is_table(spec.name)) continue;
    const std::string path = module_of(spec.name);
    const Target& target =
        targets_.insert_or_assign(network + "/" + path, Target{network, path, spec.shape})
            .first->second;
    const auto add_both = [&](const std::string& name, Found found) {
      add_alias(name, found);
      add_alias(flat(name), found);
    };
    add_both(path, {&target, 0, spec.shape[0]});
    for (const io::NamesTable& table : layouts) {
      for (const io::PlacedTensor& placed : io::place(spec, table)) {
        if (placed.name.ends_with(kWeight)) {
          add_both(module_of(placed.name), {&target, placed.row_begin, placed.row_end});
        }
      }
    }
  }
}

std::optional<Targets::Found> Targets::find_exact(std::string_view name) const {
  const auto found = aliases_.find(name);
  if (found == aliases_.end() || !found->second.target) return std::nullopt;
  return found->second;
}

std::optional<Targets::Found> Targets::find(std::string_view stem) const {
  constexpr int kMostPrefixes = 6;
  std::vector<std::string_view> open{stem};
  for (int depth = 0; depth <= kMostPrefixes && !open.empty(); ++depth) {
    std::vector<std::string_view> next;
    for (const std::string_view name : open) {
      if (const auto found = find_exact(name)) return found;
      for (const std::string_view prefix : kPrefixes) {
        if (name.starts_with(prefix)) next.push_back(name.substr(prefix.size()));
      }
    }
    open = std::move(next);
  }
  return std::nullopt;
}

const Target* Targets::find(std::string_view network, std::string_view path) const {
  const auto found = targets_.find(fmt::format("{}/{}", network, path));
  return found == targets_.end() ? nullptr : &found->second;
}

std::vector<io::PlacedTensor> Targets::placed(const Target& target, std::string_view layout) const {
  const auto& tables = layouts_.at(target.network);
  const auto table = std::ranges::find(tables, layout, &io::NamesTable::layout);
  const io::TensorSpec spec{target.path + std::string(kWeight), target.weight};
  std::vector<io::PlacedTensor> parts =
      table == tables.end()
          ? std::vector<io::PlacedTensor>{{spec.name, spec.shape, 0, spec.shape[0]}}
          : io::place(spec, *table);
  for (io::PlacedTensor& part : parts) part.name = module_of(part.name);
  return parts;
}

std::string without_prefixes(std::string_view stem) {
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view prefix : kPrefixes) {
      if (stem.starts_with(prefix) && stem.size() > prefix.size()) {
        stem.remove_prefix(prefix.size());
        stripped = true;
      }
    }
  }
  return std::string(stem);
}

std::vector<Target> resolve_targets(const Targets& targets, std::string_view network,
                                    const std::vector<std::string>& patterns) {
  std::map<std::string, Target> chosen;
  std::set<std::string> endings;
  std::vector<bool> used(patterns.size(), false);
  for (const auto& [key, target] : targets.all()) {
    if (target.network != network || target.weight.rank() != 2) continue;
    const size_t last = target.path.rfind('.');
    const size_t before = last == std::string::npos ? last : target.path.rfind('.', last - 1);
    endings.insert(before == std::string::npos ? target.path : target.path.substr(before + 1));
    for (size_t i = 0; i < patterns.size(); ++i) {
      if (patterns[i] != "*" && !ends_at_dot(target.path, patterns[i])) continue;
      chosen.emplace(target.path, target);
      used[i] = true;
    }
  }
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (used[i]) continue;
    const std::string near = did_you_mean(patterns[i], {endings.begin(), endings.end()});
    throw Error("adapter.no_target",
                fmt::format("no matrix of {} has a path that ends in `{}`", network, patterns[i]))
        .hint(near.empty() ? fmt::format("such paths end in {}", fmt::join(endings, ", "))
                           : fmt::format("did you mean `{}`?", near));
  }
  std::vector<Target> out;
  for (auto& [path, target] : chosen) out.push_back(std::move(target));
  return out;
}

const std::vector<std::string>& default_targets() {
  static const std::vector<std::string> kTargets{"attention.qkv", "attention.out",
                                                 "feed_forward.w2", "time_text_embed.1",
                                                 "clip_text_pooled_proj.1"};
  return kTargets;
}

}  // namespace newbie::adapters
