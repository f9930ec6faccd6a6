#include "adapters/scale.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/file.h"
#include "base/json.h"

namespace newbie::adapters {
namespace {

/// One character of a pattern, and how often it may occur.
struct Piece {
  enum class Set : uint8_t { literal, any, digit } set = Set::literal;
  char literal = 0;
  bool may_miss = false;
  bool may_repeat = false;

  bool accepts(char c) const {
    if (set == Set::any) return true;
    return set == Set::digit ? c >= '0' && c <= '9' : c == literal;
  }
};

std::vector<Piece> pieces_of(std::string_view pattern) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < pattern.size(); ++i) {
    Piece piece;
    piece.literal = pattern[i];
    if (pattern[i] == '.') piece.set = Piece::Set::any;
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      piece.literal = pattern[++i];
      if (piece.literal == 'd') piece.set = Piece::Set::digit;
    }
    const char mark = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    piece.may_miss = mark == '*' || mark == '?';
    piece.may_repeat = mark == '*' || mark == '+';
    if (piece.may_miss || piece.may_repeat) ++i;
    pieces.push_back(piece);
  }
  return pieces;
}

/// Follows all readings at once: place p means that the pieces before p are used up.
bool match_whole(const std::vector<Piece>& pieces, std::string_view text) {
  std::vector<bool> places(pieces.size() + 1, false);
  const auto skip_missing = [&](std::vector<bool>& at) {
    for (size_t p = 0; p < pieces.size(); ++p) {
      if (at[p] && pieces[p].may_miss) at[p + 1] = true;
    }
  };
  places[0] = true;
  skip_missing(places);
  for (const char c : text) {
    std::vector<bool> next(places.size(), false);
    for (size_t p = 0; p < pieces.size(); ++p) {
      if (!places[p] || !pieces[p].accepts(c)) continue;
      next[p + 1] = true;
      if (pieces[p].may_repeat) next[p] = true;
    }
    skip_missing(next);
    places = std::move(next);
  }
  return places.back();
}

std::optional<double> number_in(const std::map<std::string, std::string>& metadata,
                                const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  const std::string& text = found->second;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) && value > 0 ? std::optional(value) : std::nullopt;
}

std::optional<double> number_at(const Json& json, const char* key, const std::string& file) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  if (!found->is_number()) {
    throw Error("config.wrong_type",
                fmt::format("{} in {} is {:.80}, expected a number", key, file, found->dump()));
  }
  return found->get<double>();
}

bool truth_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

bool pattern_matches(std::string_view pattern, std::string_view path) {
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  if (pattern.ends_with('$') && !pattern.ends_with("\\$")) pattern.remove_suffix(1);
  const std::vector<Piece> pieces = pieces_of(pattern);
  if (match_whole(pieces, path)) return true;
  for (size_t dot = path.find('.'); !anchored && dot != std::string_view::npos;
       dot = path.find('.', dot + 1)) {
    if (match_whole(pieces, path.substr(dot + 1))) return true;
  }
  return false;
}

Scaling::Scaling(const std::filesystem::path& config,
                 const std::map<std::string, std::string>& metadata) {
  const auto folded = metadata.find(kFoldedAlphaKey);
  alpha_is_folded_ = folded != metadata.end() && folded->second == kFoldedAlpha;
  for (const auto& [alpha, rank] :
       {std::pair("lora_alpha", "lora_rank"), std::pair("ss_network_alpha", "ss_network_dim")}) {
    if (!metadata_alpha_) {
      metadata_alpha_ = number_in(metadata, alpha);
      metadata_key_ = alpha;
    }
  }
  std::error_code ignored;
  if (config.empty() || !std::filesystem::exists(config, ignored)) return;
  const std::string name = config.string();
  const Json json = parse_json(read_file(config, uint64_t{16} << 20), name).value();
  if (!json.is_object()) {
    throw Error("config.wrong_type", fmt::format("{} holds no object", name));
  }
  const std::string method = json.contains("peft_type") && json["peft_type"].is_string()
                                 ? json["peft_type"].get<std::string>()
                                 : "LORA";
  if (method != "LORA" && method != "LYCORIS" && method != "LOKR" && method != "LOHA") {
    throw Error("adapter.unsupported",
                fmt::format("{} says that this is a {} adapter", name, method))
        .hint("LoRA, LoKr, LoHa and DoRA can be read");
  }
  has_config_ = true;
  by_root_of_rank_ = truth_at(json, "use_rslora");
  alpha_ = number_at(json, "lora_alpha", name);
  if (!alpha_) alpha_ = number_at(json, "network_alpha", name);
  if (!alpha_) alpha_ = number_at(json, "alpha", name);
  if (const auto patterns = json.find("alpha_pattern");
      patterns != json.end() && patterns->is_object()) {
    for (const auto& [pattern, value] : patterns->items()) {
      if (value.is_number()) alpha_pattern_.emplace_back(pattern, value.get<double>());
    }
  }
}

std::optional<double> Scaling::config_alpha(std::string_view stem) const {
  for (const auto& [pattern, alpha] : alpha_pattern_) {
    if (pattern_matches(pattern, stem)) return alpha;
  }
  return alpha_;
}

bool Scaling::apply(Module& module, std::string_view stem,
                    std::optional<double> alpha_tensor) const {
  module.scale = 1;
  module.alpha = 0;
  if (module.rank == 0) {
    module.scale_from = "1 by definition";
    return true;
  }
  std::optional<double> alpha = alpha_tensor;
  module.scale_from = "alpha tensor";
  if (!alpha) {
    alpha = has_config_ ? config_alpha(stem) : std::nullopt;
    module.scale_from = "adapter_config.json";
  }
  if (!alpha) {
    alpha = metadata_alpha_;
    module.scale_from = "metadata " + metadata_key_;
  }
  if (!alpha && alpha_is_folded_) {
    alpha = static_cast<double>(module.rank);
    module.scale_from = fmt::format("metadata {}", kFoldedAlphaKey);
  }
  if (!alpha) {
    module.alpha = static_cast<double>(module.rank);
    module.scale_from = "nowhere, so 1";
    return false;
  }
  const auto rank = static_cast<double>(module.rank);
  module.alpha = *alpha;
  module.scale = *alpha / (by_root_of_rank_ ? std::sqrt(rank) : rank);
  return true;
}

}  // namespace newbie::adapters
