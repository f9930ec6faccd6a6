#include "world/sheet.h"

#include <algorithm>

#include "base/parallel.h"
#include "image/compose.h"

namespace newbie::world {
namespace {

constexpr int64_t kMargin = 4;

/// Who is shown while one attribute changes.
Scene plain_scene() {
  Scene scene;
  Character who;
  who[Trait::hair_color] = static_cast<uint8_t>(HairColor::brown);
  who[Trait::hair_style] = static_cast<uint8_t>(HairStyle::bob_cut);
  who[Trait::clothing_color] = static_cast<uint8_t>(ClothingColor::blue);
  who[Trait::position] = static_cast<uint8_t>(Position::center);
  scene.characters.push_back(who);
  return scene;
}

/// Faces are shown close, clothes whole.
Framing framing_for(Trait trait) {
  switch (trait) {
    case Trait::eye_color:
    case Trait::expression:
      return Framing::portrait;
    case Trait::hair_color:
    case Trait::hair_style:
    case Trait::accessory:
      return Framing::upper_body;
    default:
      return Framing::full_body;
  }
}

int thread_count(int threads) { return threads > 0 ? threads : hardware_threads(); }

}  // namespace

image::Picture sample_sheet(const SheetOptions& options) {
  SceneOptions scene_options;
  scene_options.characters = options.characters;
  const Sampler sampler(options.seed, scene_options);
  std::vector<image::Picture> pictures(options.count);
  parallel_for(thread_count(options.threads), static_cast<int64_t>(options.count), [&](int64_t i) {
    const auto index = static_cast<uint64_t>(i);
    pictures[index] = sampler.draw(index, options.size).rendering.picture;
  });
  return image::contact_sheet(pictures, {.columns = options.columns, .margin = kMargin});
}

image::Picture vocabulary_sheet(uint64_t seed, int64_t side, int threads) {
  std::vector<Scene> scenes;
  std::vector<size_t> ends;
  size_t columns = 0;
  const auto end_row = [&](size_t begin) {
    ends.push_back(scenes.size());
    columns = std::max(columns, scenes.size() - begin);
  };
  for (int t = 0; t < kTraitCount; ++t) {
    const auto trait = static_cast<Trait>(t);
    const size_t begin = scenes.size();
    for (size_t value = 0; value < table(trait).values.size(); ++value) {
      Scene scene = plain_scene();
      scene[SceneTrait::framing] = static_cast<uint8_t>(framing_for(trait));
      scene.characters[0][trait] = static_cast<uint8_t>(value);
      scenes.push_back(std::move(scene));
    }
    end_row(begin);
  }
  for (int t = 0; t < kSceneTraitCount; ++t) {
    const auto trait = static_cast<SceneTrait>(t);
    const size_t begin = scenes.size();
    for (size_t value = 0; value < table(trait).values.size(); ++value) {
      Scene scene = plain_scene();
      const bool outdoors = trait == SceneTrait::time || trait == SceneTrait::weather;
      if (outdoors) scene[SceneTrait::background] = static_cast<uint8_t>(Background::field);
      scene[trait] = static_cast<uint8_t>(value);
      scenes.push_back(std::move(scene));
    }
    end_row(begin);
  }
  std::vector<image::Picture> drawn(scenes.size());
  parallel_for(thread_count(threads), static_cast<int64_t>(scenes.size()), [&](int64_t i) {
    const auto k = static_cast<size_t>(i);
    drawn[k] = render(scenes[k], seed, {side, side}).picture;
  });
  // Short rows are filled with white.
  image::Picture white = image::Picture::blank(side, side);
  std::ranges::fill(white.pixels, uint8_t{255});
  std::vector<image::Picture> cells;
  size_t next = 0;
  for (const size_t end : ends) {
    const size_t row = cells.size();
    while (next < end) cells.push_back(std::move(drawn[next++]));
    cells.resize(row + columns, white);
  }
  return image::contact_sheet(cells, {.columns = static_cast<int64_t>(columns), .margin = kMargin});
}

}  // namespace newbie::world
