#pragma once
/// How strong an adapter means to be: alpha, found where each trainer leaves it.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/adapter.h"

namespace newbie::adapters {

/// Metadata of files whose factors already hold alpha, as we write them for tools that know none.
inline constexpr const char* kFoldedAlphaKey = "newbie.alpha";
inline constexpr const char* kFoldedAlpha = "folded into lora_B";

/// Alpha by the first source that knows it: a tensor beside the factors, the adapter_config.json
/// beside the file, the file's metadata. Source: model specification 12.3.
class Scaling {
 public:
  /// Reads `config`, which may not exist. Errors: `config.*`, `json.*`, `adapter.unsupported` for
  /// a config of another method.
  Scaling(const std::filesystem::path& config, const std::map<std::string, std::string>& metadata);

  /// Fills alpha, scale and scale_from of a module whose factors and rank are known; `stem` is its
  /// stored name. Returns false when nobody knows alpha, and the scale is 1.
  bool apply(Module& module, std::string_view stem, std::optional<double> alpha_tensor) const;

 private:
  std::optional<double> config_alpha(std::string_view stem) const;

  bool has_config_ = false;
  bool by_root_of_rank_ = false;
  std::optional<double> alpha_;
  std::vector<std::pair<std::string, double>> alpha_pattern_;
  bool alpha_is_folded_ = false;
  std::optional<double> metadata_alpha_;
  std::string metadata_key_;
};

/// Whether a pattern of PEFT's rank_pattern or alpha_pattern means `path`: text that the path ends
/// with at a dot, in which `.` is any character and may be followed by `*` or `+`, `\d` a digit,
/// `\.` a dot, and `^` stands for the beginning. Cost: |pattern| * |path|, whatever the pattern.
bool pattern_matches(std::string_view pattern, std::string_view path);

}  // namespace newbie::adapters
