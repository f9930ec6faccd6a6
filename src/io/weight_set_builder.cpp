#include "io/weight_set_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace newbie::io {
namespace {

/// Put into names by torch.compile, FSDP and activation checkpointing, at any depth.
constexpr std::array<std::string_view, 3> kWrappers{"_orig_mod.", "_fsdp_wrapped_module.",
                                                    "_checkpoint_wrapped_module."};

/// Where all-in-one files keep the other networks.
constexpr std::array<std::string_view, 7> kOtherNetworks{
    "first_stage_model.", "vae.",         "model.diffusion_model.", "text_encoders.",
    "cond_stage_model.",  "conditioner.", "diffusion_model."};

std::string unwrapped(std::string name) {
  for (const std::string_view wrapper : kWrappers) {
    for (size_t at; (at = name.find(wrapper)) != std::string::npos;) name.erase(at, wrapper.size());
  }
  return name;
}

Error parts_do_not_fit(const std::string& ours, const TensorEntry& a, const TensorEntry& b) {
  return Error("weights.shape_mismatch",
               fmt::format("{} is made from {} ({} {}) and {} ({} {}), which do not fit together",
                           ours, a.name, name_of(a.dtype), a.shape.str(), b.name, name_of(b.dtype),
                           b.shape.str()));
}

}  // namespace

WeightSetBuilder::WeightSetBuilder(WeightSet& set, const WeightSetOptions& options)
    : set_(set), options_(options) {
  for (size_t file = 0; file < set_.files_.size(); ++file) {
    for (const TensorEntry& entry : set_.files_[file].entries()) {
      const std::string name = unwrapped(entry.name);
      stored_.push_back({{file, &entry}, name, name});
    }
  }
}

void WeightSetBuilder::build() {
  for (const NamesTable& table : options_.layouts) {
    if (table_ == nullptr && find_prefix(table)) table_ = &table;
  }
  if (!options_.layouts.empty() && !table_) throw unknown_layout();
  if (table_) set_.layout_ = table_->layout;
  for (Named& stored : stored_) {
    stored.inside = stored.name.starts_with(set_.prefix_);
    if (stored.inside) stored.inner.erase(0, set_.prefix_.size());
  }
  for (const Named& stored : stored_) {
    if (is_ignored(stored)) {
      set_.ignored_.push_back(stored.stored.entry->name);
    } else {
      read_name(stored);
    }
  }
  finish_gathered();
  if (!table_) return;
  for (const NameRule& rule : table_->rules) {
    if (const auto* by_shape = std::get_if<ByShape>(&rule)) name_by_shape(*by_shape);
  }
}

/// True when `text` is nothing, or prefixes of the options one after the other.
bool WeightSetBuilder::is_prefix(std::string_view text) const {
  if (text.empty()) return true;
  return std::ranges::any_of(options_.prefixes, [&](const std::string& prefix) {
    return !prefix.empty() && text.starts_with(prefix) && is_prefix(text.substr(prefix.size()));
  });
}

bool WeightSetBuilder::find_prefix(const NamesTable& table) {
  std::optional<std::string> best;
  for (const Named& stored : stored_) {
    if (!stored.name.ends_with(table.anchor)) continue;
    std::string prefix = stored.name.substr(0, stored.name.size() - table.anchor.size());
    if (is_prefix(prefix) && (!best || prefix.size() < best->size())) best = std::move(prefix);
  }
  if (best) set_.prefix_ = *best;
  return best.has_value();
}

Error WeightSetBuilder::unknown_layout() const {
  std::vector<std::string_view> anchors, found;
  for (const NamesTable& table : options_.layouts) anchors.push_back(table.anchor);
  for (const Named& stored : stored_) {
    if (found.size() < 5) found.push_back(stored.stored.entry->name);
  }
  return Error("weights.unknown_layout",
               fmt::format("{} does not look like {}: it has no tensor {}; its {} tensors begin "
                           "with {}",
                           set_.source_.string(), set_.network_, fmt::join(anchors, " or "),
                           stored_.size(),
                           found.empty() ? "nothing" : fmt::format("{}", fmt::join(found, ", "))))
      .hint("is this the file of another network?");
}

bool WeightSetBuilder::is_ignored(const Named& stored) const {
  if (!table_) return false;
  const auto matches = [&](const NamePattern& pattern) {
    return pattern.match(stored.name) || pattern.match(stored.inner);
  };
  if (std::ranges::any_of(table_->ignored, matches)) return true;
  return !stored.inside && std::ranges::any_of(kOtherNetworks, [&](std::string_view other) {
    return stored.name.starts_with(other);
  });
}

void WeightSetBuilder::read_name(const Named& stored) {
  if (table_ && stored.inside) {
    for (const NameRule& rule : table_->rules) {
      rule_ = &rule;
      if (std::visit([&](const auto& r) { return read_by(r, stored); }, rule)) return;
    }
    unnamed_.push_back(stored.inner);
  }
  add_as_stored(stored.inner, stored, 0);
}

bool WeightSetBuilder::read_by(const Rename& rule, const Named& stored) {
  const auto captures = rule.theirs.match(stored.inner);
  if (captures) add_as_stored(rule.ours.fill(*captures), stored, rule.trailing_ones);
  return captures.has_value();
}

bool WeightSetBuilder::read_by(const Concat& rule, const Named& stored) {
  for (const NamePattern& pattern : rule.theirs) {
    if (const auto captures = pattern.match(stored.inner)) {
      std::vector<std::string> names;
      for (const NamePattern& part : rule.theirs) names.push_back(part.fill(*captures));
      return gather(rule.ours.fill(*captures), std::move(names), stored);
    }
  }
  return false;
}

bool WeightSetBuilder::read_by(const LowRank& rule, const Named& stored) {
  for (const NamePattern* pattern : {&rule.original, &rule.lora_a, &rule.lora_b}) {
    if (const auto captures = pattern->match(stored.inner)) {
      return gather(
          rule.ours.fill(*captures),
          {rule.original.fill(*captures), rule.lora_a.fill(*captures), rule.lora_b.fill(*captures)},
          stored);
    }
  }
  return false;
}

bool WeightSetBuilder::gather(std::string ours, std::vector<std::string> part_names,
                              const Named& stored) {
  Gathered& gathered = gathered_[std::move(ours)];
  gathered.rule = rule_;
  gathered.parts.resize(part_names.size(), nullptr);
  for (size_t i = 0; i < part_names.size(); ++i) {
    if (part_names[i] != stored.inner) continue;
    if (gathered.parts[i]) {
      throw Error("weights.duplicate",
                  fmt::format("{} has {} twice", set_.source_.string(), stored.stored.entry->name));
    }
    gathered.parts[i] = &stored;
  }
  gathered.part_names = std::move(part_names);
  return true;
}

void WeightSetBuilder::finish_gathered() {
  for (const auto& [ours, gathered] : gathered_) {
    std::vector<std::string> absent;
    for (size_t i = 0; i < gathered.parts.size(); ++i) {
      if (!gathered.parts[i]) absent.push_back(gathered.part_names[i]);
    }
    if (!absent.empty()) {
      set_.incomplete_[ours] = fmt::format("the file lacks {}", fmt::join(absent, ", "));
    } else if (const auto* low_rank = std::get_if<LowRank>(gathered.rule)) {
      finish_low_rank(ours, *low_rank, gathered);
    } else {
      finish_concat(ours, gathered);
    }
  }
}

void WeightSetBuilder::finish_concat(const std::string& ours, const Gathered& gathered) {
  MadeTensor made;
  made.how = MadeTensor::How::concat;
  const TensorEntry& first = *gathered.parts.front()->stored.entry;
  int64_t rows = 0;
  for (const Named* part : gathered.parts) {
    const TensorEntry& entry = *part->stored.entry;
    if (entry.dtype != first.dtype || entry.shape.rank() == 0 ||
        entry.shape.with(0, 1) != first.shape.with(0, 1)) {
      throw parts_do_not_fit(ours, first, entry);
    }
    rows += entry.shape[0];
    made.parts.push_back(part->stored);
  }
  made.dtype = first.dtype;
  made.shape = first.shape.with(0, rows);
  add(ours, std::move(made));
}

void WeightSetBuilder::finish_low_rank(const std::string& ours, const LowRank& rule,
                                       const Gathered& gathered) {
  MadeTensor made;
  made.how = MadeTensor::How::low_rank;
  made.scaling = rule.scaling;
  made.product = rule.product;
  for (const Named* part : gathered.parts) made.parts.push_back(part->stored);
  const TensorEntry& original = *made.parts[0].entry;
  const bool b_first = rule.product == LowRank::Product::b_times_a;
  const TensorEntry& left = *made.parts[b_first ? 2 : 1].entry;
  const TensorEntry& right = *made.parts[b_first ? 1 : 2].entry;
  const auto is_factor = [](const Shape& s) {
    return s.rank() == 2 || (s.rank() == 3 && s[0] > 0);
  };
  if (original.shape.rank() != 2 || !is_floating(original.dtype) || !is_factor(left.shape) ||
      left.shape[-2] != original.shape[0]) {
    throw parts_do_not_fit(ours, original, left);
  }
  if (!is_factor(right.shape) || right.shape[-1] != original.shape[1]) {
    throw parts_do_not_fit(ours, original, right);
  }
  if (left.shape[-1] != right.shape[-2]) throw parts_do_not_fit(ours, left, right);
  made.dtype = original.dtype;
  made.shape = original.shape;
  add(ours, std::move(made));
}

/// Gives the only unnamed module with the rule's shapes the rule's name.
void WeightSetBuilder::name_by_shape(const ByShape& rule) {
  if (set_.tensors_.contains(rule.ours + ".weight")) return;
  std::vector<std::string> candidates;
  for (const std::string& name : unnamed_) {
    if (!name.ends_with(".weight")) continue;
    const std::string module = name.substr(0, name.size() - 7);
    const auto weight = set_.tensors_.find(name);
    const auto bias = set_.tensors_.find(module + ".bias");
    const bool bias_fits = bias == set_.tensors_.end()
                               ? !rule.bias
                               : rule.bias && bias->second.shape == Shape{rule.weight[0]};
    if (weight != set_.tensors_.end() && weight->second.shape == rule.weight && bias_fits) {
      candidates.push_back(module);
    }
  }
  if (candidates.size() != 1) {
    set_.incomplete_[rule.ours + ".weight"] =
        candidates.empty() ? "no unnamed tensor has its shape"
                           : fmt::format("{} fit its shape", fmt::join(candidates, ", "));
    return;
  }
  for (const char* part : {".weight", ".bias"}) {
    auto node = set_.tensors_.extract(candidates[0] + part);
    if (node.empty()) continue;
    node.key() = rule.ours + part;
    set_.tensors_.insert(std::move(node));
  }
  set_.notes_.push_back(
      fmt::format("{} was taken for {} because of its shape", candidates[0], rule.ours));
}

void WeightSetBuilder::add(const std::string& ours, MadeTensor made) {
  const auto [at, fresh] = set_.tensors_.try_emplace(ours, std::move(made));
  if (!fresh) {
    throw Error("weights.duplicate",
                fmt::format("{} holds {} more than once ({} is one of them)", set_.source_.string(),
                            ours, at->second.parts[0].entry->name))
        .hint("name the file that holds this network alone");
  }
}

void WeightSetBuilder::add_as_stored(const std::string& ours, const Named& stored,
                                     int trailing_ones) {
  const TensorEntry& entry = *stored.stored.entry;
  MadeTensor made{MadeTensor::How::as_stored, {stored.stored}, entry.dtype, entry.shape};
  const auto sizes = entry.shape.sizes();
  const auto kept = static_cast<int>(sizes.size()) - trailing_ones;
  const bool all_ones = kept > 0 && std::ranges::all_of(sizes.subspan(static_cast<size_t>(kept)),
                                                        [](int64_t size) { return size == 1; });
  // Files that already have our rank are taken as they are.
  if (trailing_ones > 0 && all_ones && kept >= 2) {
    made.shape = Shape(sizes.first(static_cast<size_t>(kept)));
  }
  add(ours, std::move(made));
}

}  // namespace newbie::io
