#include "workbench/snapshot.h"

#include "base/file.h"
#include "workbench/manifest.h"
#include "workbench/record.h"

namespace newbie::workbench {

std::filesystem::path manifest_path(const std::filesystem::path& picture) {
  return std::filesystem::path(picture).replace_extension(".json");
}

std::vector<SnapshotFiles> make_snapshot(Engine& engine, const GenerateRequest& request,
                                         const Place& place, GenerateEvents events, int64_t threads,
                                         RunReport* report) {
  std::vector<GeneratedImage> pictures;
  std::vector<SnapshotFiles> files;
  const auto told = events.image;
  events.image = [&](GeneratedImage picture) {
    const std::filesystem::path path = place(picture.index, picture.seed);
    write_file(path, picture.png);
    files.push_back({path, manifest_path(path), record_of_png(picture.png, path.string()).id});
    if (told) told(picture);
    picture.pixels.rgb.clear();
    pictures.push_back(std::move(picture));
  };
  const RunFacts run{engine.generate(request, events), utc_now(), threads};
  for (size_t i = 0; i < pictures.size(); ++i) {
    write_file(files[i].manifest,
               manifest_of(pictures[i], files[i].picture.filename().string(), run));
  }
  if (report) *report = run.report;
  return files;
}

}  // namespace newbie::workbench
