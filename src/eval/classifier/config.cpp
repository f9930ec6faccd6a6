#include "eval/classifier/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/json.h"

namespace newbie::eval {

ClassifierConfig read_classifier_config(const io::Config& json) {
  ClassifierConfig config;
  config.size = json.integer("size");
  config.widths = json.integers("widths");
  config.groups = json.integer("groups");
  config.cell_width = json.integer("cell_width");
  config.features = json.integer("features");
  validate(config);
  return config;
}

std::string to_json(const ClassifierConfig& config) {
  return Json{{"_class_name", "NewbieWorldClassifier"},
              {"size", config.size},
              {"widths", config.widths},
              {"groups", config.groups},
              {"cell_width", config.cell_width},
              {"features", config.features}}
             .dump(2) +
         "\n";
}

void validate(const ClassifierConfig& c) {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw Error("config.invalid", what);
  };
  require(!c.widths.empty() && c.widths.size() <= 8,
          fmt::format("widths {} must have 1 to 8 entries", c.widths));
  require(c.size >= 64 && c.size <= 1024 && c.cells() << c.widths.size() == c.size,
          fmt::format("size {} must lie between 64 and 1024 and be divisible by 2 once per stage",
                      c.size));
  for (const int64_t width : c.widths) {
    require(width <= 4096 && width % c.groups == 0,
            fmt::format("widths {} must be multiples of groups {}", c.widths, c.groups));
  }
  require(c.cell_width % c.groups == 0 && c.cell_width <= 4096 && c.features <= 65536,
          fmt::format("cell_width {} must be a multiple of groups {}", c.cell_width, c.groups));
}

std::vector<Question> questions() {
  std::vector<Question> list{{"count", world::kMostCharacters}};
  for (const world::TraitTable& trait : world::scene_traits()) {
    list.push_back({std::string(trait.name), static_cast<int64_t>(trait.values.size())});
  }
  for (int place = 1; place <= world::kMostCharacters; ++place) {
    for (const world::Trait trait : kJudged) {
      const world::TraitTable& table = world::table(trait);
      list.push_back(
          {fmt::format("{} {}", place, table.name), static_cast<int64_t>(table.values.size())});
    }
  }
  return list;
}

int64_t outputs() {
  int64_t sum = 0;
  for (const Question& question : questions()) sum += question.values;
  return sum;
}

std::vector<int32_t> answers(const world::Scene& scene) {
  std::vector<int32_t> list{static_cast<int32_t>(scene.characters.size()) - 1};
  for (const uint8_t value : scene.values) list.push_back(value);
  for (size_t place = 0; place < world::kMostCharacters; ++place) {
    for (const world::Trait trait : kJudged) {
      const bool there = place < scene.characters.size();
      list.push_back(there && is_visible(scene.characters[place], trait)
                         ? scene.characters[place][trait]
                         : -1);
    }
  }
  return list;
}

world::Scene scene_of(const std::vector<int32_t>& answers) {
  check(answers.size() == questions().size(), "scene_of: one answer per question");
  world::Scene scene;
  auto next = answers.begin();
  scene.characters.resize(static_cast<size_t>(*next++) + 1);
  for (uint8_t& value : scene.values) value = static_cast<uint8_t>(*next++);
  for (world::Character& character : scene.characters) {
    for (const world::Trait trait : kJudged) character[trait] = static_cast<uint8_t>(*next++);
  }
  return scene;
}

}  // namespace newbie::eval
