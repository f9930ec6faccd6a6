#include "world/dataset.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/parallel.h"
#include "image/png.h"
#include "world/scene_prompt.h"

namespace newbie::world {
namespace {

Json attributes_json(const Character& who) {
  Json json = Json::object();
  for (int i = 0; i < kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    const std::string_view tag = table(trait).values[who[trait]].tag;
    json[std::string(table(trait).name)] = tag.empty() ? Json("none") : Json(tag);
  }
  return json;
}

Json scene_json(const Scene& scene) {
  Json json = Json::object();
  for (int i = 0; i < kSceneTraitCount; ++i) {
    const auto trait = static_cast<SceneTrait>(i);
    const std::string_view tag = table(trait).values[scene[trait]].tag;
    json[std::string(table(trait).name)] = tag.empty() ? Json("none") : Json(tag);
  }
  return json;
}

/// The name of a picture: its number, so that sets made in pieces fit together.
std::string name_of(uint64_t index) { return fmt::format("{:06}", index); }

class DatasetWriter {
 public:
  DatasetWriter(std::filesystem::path out, const DatasetOptions& options)
      : out_(std::move(out)), options_(options), sampler_(options.seed, scene_options(options)) {
    for (const std::string& aspect : options.aspects)
      sizes_.push_back(size_of(aspect, options.side));
    std::filesystem::create_directories(out_ / kFolder);
    if (options.parts) std::filesystem::create_directories(out_ / "parts");
  }

  /// Writes the files of one picture and returns its line of metadata.
  std::string write(uint64_t index) const {
    const Size size = sizes_[index % sizes_.size()];
    const Sample sample = sampler_.draw(index, size);
    const std::string name = name_of(index);
    std::vector<std::string> captions;
    for (int k = 0; k < options_.captions; ++k) {
      captions.push_back(sampler_.caption(index, sample.scene, static_cast<uint64_t>(k)));
    }
    image::write_png(out_ / kFolder / (name + ".png"), sample.rendering.picture);
    write_file(out_ / kFolder / (name + ".txt"), captions.empty() ? sample.xml : captions[0]);
    if (options_.parts) {
      image::Picture map{size.width, size.height, 1, sample.rendering.parts};
      image::write_png(out_ / "parts" / (name + ".png"), map);
    }
    return truth_json(sample.scene, sample.seed, size, sample.rendering, sample.xml, captions,
                      fmt::format("{}/{}.png", kFolder, name));
  }

 private:
  static constexpr const char* kFolder = "1_world";
  static SceneOptions scene_options(const DatasetOptions& options) {
    SceneOptions scene;
    scene.characters = options.characters;
    return scene;
  }

  std::filesystem::path out_;
  const DatasetOptions& options_;
  Sampler sampler_;
  std::vector<Size> sizes_;
};

}  // namespace

std::string truth_json(const Scene& scene, uint64_t seed, Size size, const Rendering& rendering,
                       const std::string& xml, const std::vector<std::string>& captions,
                       const std::string& file_name) {
  Json json = {{"file_name", file_name},    {"text", xml},
               {"captions", captions},      {"seed", seed},
               {"width", size.width},       {"height", size.height},
               {"scene", scene_json(scene)}};
  Json characters = Json::array();
  for (size_t i = 0; i < scene.characters.size(); ++i) {
    Json one = attributes_json(scene.characters[i]);
    const Box& box = rendering.boxes[i];
    one["box"] = {box.left, box.top, box.right, box.bottom};
    characters.push_back(std::move(one));
  }
  json["characters"] = std::move(characters);
  return json.dump();
}

void write_dataset(const std::filesystem::path& out, const DatasetOptions& options,
                   const std::function<void(uint64_t)>& progress, const CancelToken& cancel) {
  const DatasetWriter writer(out, options);
  std::vector<std::string> lines(options.count);
  std::mutex telling;
  uint64_t done = 0;
  const int threads = options.threads > 0 ? options.threads : hardware_threads();
  parallel_for(threads, static_cast<int64_t>(options.count), [&](int64_t i) {
    cancel.throw_if_requested();
    lines[static_cast<size_t>(i)] = writer.write(options.first + static_cast<uint64_t>(i));
    if (!progress) return;
    const std::scoped_lock lock(telling);
    progress(++done);
  });
  AtomicFile metadata(out / "metadata.jsonl");
  for (const std::string& line : lines) metadata.write(line + "\n");
  metadata.commit();
}

}  // namespace newbie::world
