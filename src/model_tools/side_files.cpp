#include "model_tools/side_files.h"

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/json.h"
#include "tensor/device.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxSideFile = uint64_t{256} << 20;
constexpr std::array<std::string_view, 7> kTokenizerFiles{
    "tokenizer.json",        "tokenizer.model",         "sentencepiece.bpe.model", "spiece.model",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"};

bool is_sentencepiece(std::string_view name) { return name.ends_with(".model"); }

std::vector<fs::path> tokenizer_folders(const fs::path& root, const OpenedPart& part) {
  const fs::path own = fs::is_directory(part.path) ? part.path : part.path.parent_path();
  if (part.description.part == Part::text_encoder) return {root / "tokenizer", own};
  return {root / "clip_tokenizer", root / "tokenizer_2", own};
}

}  // namespace

TokenizerFiles find_tokenizer(const fs::path& root, const OpenedPart& part) {
  TokenizerFiles found;
  for (const fs::path& folder : tokenizer_folders(root, part)) {
    for (const std::string_view name : kTokenizerFiles) {
      std::error_code failure;
      const fs::path file = folder / name;
      if (!fs::is_regular_file(file, failure)) continue;
      std::string text = read_file(file, kMaxSideFile);
      if (is_sentencepiece(name)) found.sentencepiece = text;
      found.files[std::string(name)] = std::move(text);
    }
    if (!found.files.empty()) break;
  }
  // The copy inside the weights is the one whose ids are the model's.
  if (const auto inside = part.weights->extra("spiece_model", Device::cpu(1))) {
    found.sentencepiece.assign(reinterpret_cast<const char*>(inside->raw()), inside->bytes());
  }
  return found;
}

std::string sentencepiece_file_name(Part part) {
  return part == Part::text_encoder ? "tokenizer.model" : "sentencepiece.bpe.model";
}

std::map<std::string, std::string> side_files(const fs::path& root) {
  std::map<std::string, std::string> found;
  if (!fs::is_directory(root)) return found;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    const bool wanted = upper.starts_with("LICENSE") || upper.starts_with("LICENCE") ||
                        upper.starts_with("NOTICE") || upper == "README.MD" ||
                        upper == "GENERATION_CONFIG.JSON";
    if (wanted && entry.is_regular_file()) found[name] = read_file(entry.path(), kMaxSideFile);
  }
  return found;
}

std::string scheduler_config(const fs::path& root) {
  const fs::path file = root / "scheduler" / "scheduler_config.json";
  std::error_code failure;
  if (fs::is_regular_file(file, failure)) return read_file(file, kMaxSideFile);
  return Json{{"_class_name", "FlowMatchEulerDiscreteScheduler"},
              {"num_train_timesteps", 1000},
              {"shift", 6.0}}
             .dump(2) +
         "\n";
}

}  // namespace newbie::model_tools
