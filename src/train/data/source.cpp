#include "train/data/source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace newbie::train {
namespace {

std::vector<FoundPicture> found_by(const DataSection& source) {
  auto found = source.kind == "jsonl" ? read_jsonl(source.path) : find_pictures(source.path);
  for (FoundPicture& picture : found) picture.repeats *= source.repeats;
  return found;
}

/// Sample prompts that nobody could read are told before hours are spent.
std::vector<DataFinding> bad_samples(const Recipe& recipe, const CaptionCompiler& compiler) {
  std::vector<DataFinding> findings;
  const auto& prompts = recipe.samples.prompts;
  for (size_t i = 0; recipe.samples.every > 0 && i < prompts.size(); ++i) {
    const auto errors = compiler.errors(prompts[i]);
    if (errors.empty()) continue;
    findings.push_back(
        {DataFinding::Severity::error, "data.bad_sample", fmt::format("samples.prompts[{}]", i),
         fmt::format("it has errors: {} {}", errors.front().rule, errors.front().message),
         "`newbie prompt check` shows where; `newbie prompt fix` mends most of them"});
  }
  return findings;
}

}  // namespace

bool OpenedData::has_errors() const {
  return std::any_of(findings.begin(), findings.end(), [](const DataFinding& finding) {
    return finding.severity == DataFinding::Severity::error;
  });
}

OpenedData open_data(const Recipe& recipe, const CancelToken& cancel,
                     const std::function<void(int64_t, int64_t)>& progress) {
  const bool captions = concerns(kDiffusion, recipe.kind);
  const CaptionCompiler compiler(recipe.captions);
  OpenedData data;
  if (captions) data.findings = bad_samples(recipe, compiler);
  std::vector<std::unique_ptr<Dataset>> parts;
  // One check for all files: a picture in two sources is a duplicate too.
  std::vector<FoundPicture> files;
  bool from_files = false;
  for (const DataSection& source : recipe.data) {
    if (source.kind == "world") {
      parts.push_back(world_dataset(source, recipe.pictures));
      data.pictures += parts.back()->size();
      continue;
    }
    from_files = true;
    const auto found = found_by(source);
    files.insert(files.end(), found.begin(), found.end());
  }
  if (from_files) {
    auto checked = check_files(files, &compiler,
                               {.smallest = recipe.pictures.smallest,
                                .captions_needed = captions,
                                .lenient = recipe.captions.lenient,
                                .threads = static_cast<int>(recipe.run.threads),
                                .cancel = cancel,
                                .progress = progress});
    data.findings.insert(data.findings.end(), checked.findings.begin(), checked.findings.end());
    data.pictures += static_cast<int64_t>(files.size());
    parts.push_back(std::move(checked.examples));
  }
  data.examples = std::make_unique<JoinedDataset>(std::move(parts));
  return data;
}

void require_sound(const OpenedData& data, Kind kind) {
  if (!data.has_errors()) return;
  throw Error("data.rejected",
              "not everything is ready to learn from:\n" + to_text(data.findings, data.pictures))
      .hint(fmt::format("mend them; `newbie train check --kind {} --config RECIPE` looks again",
                        name_of(kind)));
}

}  // namespace newbie::train
