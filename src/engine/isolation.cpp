#include "engine/isolation.h"

#include <fmt/format.h>

#include <set>

#include "prompt/place.h"

namespace newbie::engine {
namespace {

pipeline::IsolationDepth depth_named(const std::string& name) {
  using enum pipeline::IsolationDepth;
  return name == "refiner" ? refiner : name == "joint" ? joint : encoder;
}

/// The request's settings without the prompt's.
pipeline::Isolation settings_of(const GenerateRequest& request) {
  return {.strength = request.isolation == "off" ? 0 : request.isolation_strength,
          .depth = depth_named(request.isolation_depth),
          .characters = {},
          .places = {},
          .border = request.isolation_border,
          .release = request.isolation_release};
}

}  // namespace

double encoder_isolation(const GenerateRequest& request) {
  return settings_of(request).in_encoder();
}

pipeline::Isolation isolation_of(const GenerateRequest& request, const PreparedPrompt& prompt,
                                 const GenerateEvents& events) {
  pipeline::Isolation isolation = settings_of(request);
  if (isolation.strength == 0) return isolation;
  const auto note = [&](const std::string& text) {
    if (events.note) events.note("info", fmt::format("info: {}\n", text));
  };
  isolation.characters = prompt.positive.characters;
  std::set<int32_t> named(isolation.characters.begin(), isolation.characters.end());
  named.erase(0);
  if (named.size() < 2) note("the prompt has no two characters whose words could be kept apart");
  if (request.isolation != "region") return isolation;
  for (const prompt::Region& region : prompt.texts.positive.regions) {
    if (const auto place = prompt::place_of(region)) {
      isolation.places.push_back({region.character, *place});
    } else {
      note(fmt::format(
          "character_{} has no box and no position that names a side: its words may act "
          "anywhere",
          region.character));
    }
  }
  return isolation;
}

}  // namespace newbie::engine
