#include "workbench/replay.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "base/json.h"
#include "workbench/fields.h"

namespace newbie::workbench {
namespace {

void compare(const char* kind, const Hashes& before, const Hashes& after,
             std::vector<Difference>& out) {
  for (const auto& [name, hash] : before) {
    const auto found = after.find(name);
    if (found == after.end()) {
      out.push_back({kind, name, hash, ""});
    } else if (found->second != hash) {
      out.push_back({kind, name, hash, found->second});
    }
  }
  for (const auto& [name, hash] : after) {
    if (!before.contains(name)) out.push_back({kind, name, "", hash});
  }
}

std::string value_of(const Hashes& hashes, const char* key) {
  const auto found = hashes.find(key);
  return found == hashes.end() ? "" : found->second;
}

/// What a stage's hash is about, in the words of the guide.
std::string stage_meaning(const std::string& stage) {
  if (stage == "conditioning") return "the encoded prompt";
  if (stage == "noise") return "the noise";
  if (stage == "latent") return "the sampled latent";
  return "the decoded pixels";
}

std::string stages_before(const std::string& stage) {
  std::string same;
  for (const char* earlier : kStages) {
    if (stage == earlier) break;
    same += (same.empty() ? "" : " and ") + stage_meaning(earlier);
  }
  return same.empty() ? ""
                      : fmt::format(" ({} {} the same)", same,
                                    same.find(" and ") == same.npos ? "is" : "are");
}

/// " (written 2026-11-20)", or nothing for files that are not there.
std::string written(const std::filesystem::path& file) {
  std::error_code missing;
  const auto time = std::filesystem::last_write_time(file, missing);
  if (missing) return "";
  const auto system = std::chrono::file_clock::to_sys(time);
  const auto whole = std::chrono::time_point_cast<std::chrono::seconds>(system);
  return fmt::format(" (written {:%Y-%m-%d})",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)));
}

std::string shown(const std::string& value) { return value.empty() ? "nothing" : value; }

}  // namespace

std::vector<Difference> differences(const Record& before, const Record& after) {
  std::vector<Difference> out;
  for (const FieldChange& change : changed_fields(before.request, after.request)) {
    out.push_back({"request", change.name, change.before, change.after});
  }
  compare("inputs", before.inputs, after.inputs, out);
  compare("weights", before.weights, after.weights, out);
  const auto single = [&](const char* kind, const std::string& a, const std::string& b) {
    if (a != b) out.push_back({kind, "", a, b});
  };
  single("model", before.model_name, after.model_name);
  single("version", before.version, after.version);
  single("device", before.device_class, after.device_class);
  if (before.gemma_text != after.gemma_text) {
    out.push_back({"texts", "gemma", before.gemma_text, after.gemma_text});
  }
  if (before.jina_text != after.jina_text) {
    out.push_back({"texts", "jina", before.jina_text, after.jina_text});
  }
  return out;
}

Verdict judge(const RecipeFile& before, const GeneratedImage& now) {
  const Record after = record_of_png(now.png, "the new picture");
  Verdict verdict;
  verdict.same_bytes = content_hash(now.png) == before.png_hash;
  for (const char* stage : kStages) {
    if (!verdict.since.empty()) break;
    if (value_of(before.made->stages, stage) != value_of(after.stages, stage)) {
      verdict.since = stage;
    }
  }
  verdict.same_pixels = value_of(before.made->stages, "pixels") == value_of(after.stages, "pixels");
  verdict.because = differences(*before.made, after);
  return verdict;
}

std::string describe(const Verdict& verdict, const RecipeFile& before, const std::string& name,
                     const std::filesystem::path& model) {
  if (verdict.same_bytes) return fmt::format("same bytes: {} (recipe {})\n", name, before.made->id);
  std::string out = verdict.same_pixels ? fmt::format("same pixels, other file: {}\n", name)
                                        : fmt::format("different: {}\n", name);
  if (!before.made_at.empty()) out += fmt::format("  made     {}\n", before.made_at);
  if (!verdict.since.empty()) {
    out += fmt::format("  since    {}{}\n", stage_meaning(verdict.since),
                       stages_before(verdict.since));
  }
  for (const Difference& difference : verdict.because) {
    if (difference.kind == "texts") {
      out += fmt::format("  because  the text for {} is compiled differently\n", difference.name);
      continue;
    }
    out += fmt::format("  because  {}{}{}: {} is now {}{}\n", difference.kind,
                       difference.name.empty() ? "" : " ", difference.name,
                       shown(difference.before), shown(difference.after),
                       difference.kind == "weights" ? written(model / difference.name) : "");
  }
  if (verdict.because.empty()) {
    out += verdict.same_pixels
               ? "  because  the file was rewritten after it was made: its recipe is unchanged\n"
               : "  because  nothing that the recipe knows of: please report this\n";
  }
  return out;
}

std::string verdict_json(const Verdict& verdict, const RecipeFile& before) {
  Json because = Json::array();
  for (const Difference& difference : verdict.because) {
    because.push_back({{"kind", difference.kind},
                       {"name", difference.name},
                       {"before", difference.before},
                       {"after", difference.after}});
  }
  const Json json{{"id", before.made->id},
                  {"same_bytes", verdict.same_bytes},
                  {"same_pixels", verdict.same_pixels},
                  {"since", verdict.since},
                  {"because", std::move(because)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace newbie::workbench
