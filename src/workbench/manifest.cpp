#include "workbench/manifest.h"

#include <fmt/chrono.h>

#include <ctime>

#include "base/json.h"
#include "workbench/recipe_file.h"
#include "workbench/record.h"

namespace newbie::workbench {

std::string manifest_of(const GeneratedImage& picture, const std::string& file_name,
                        const RunFacts& run) {
  const Record record = record_of_png(picture.png, file_name);
  Json recipe = Json::parse(record.json);
  recipe["texts"]["hashes"] = {{"gemma", content_hash(record.gemma_text)},
                               {"jina", content_hash(record.jina_text)}};
  Json seconds = Json::object();
  for (const auto& [stage, duration] : run.report.seconds) {
    // A stage that ran twice, such as loading the VAE, adds up.
    seconds[stage] = seconds.value(stage, 0.0) + duration;
  }
  Json memory = Json::object();
  for (const MemoryLine& line : run.report.memory) memory[line.name] = line.peak_bytes;
  Json json{{"manifest", 1},
            {"picture",
             {{"file", file_name},
              {"bytes", picture.png.size()},
              {"hash", content_hash(picture.png)},
              {"width", picture.pixels.width},
              {"height", picture.pixels.height}}},
            {"recipe", std::move(recipe)},
            {"run",
             {{"made_at", run.made_at},
              {"threads", run.threads},
              {"seconds", std::move(seconds)},
              {"peak_bytes", std::move(memory)},
              {"peak_resident_bytes", run.report.peak_resident_bytes}}}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace newbie::workbench
