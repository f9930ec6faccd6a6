#include "explain/files.h"

#include <fmt/format.h>

#include <bit>
#include <set>

#include "base/json.h"
#include "base/parallel.h"
#include "explain/overlay.h"
#include "explain/page.h"
#include "image/png.h"

namespace newbie::explain {
namespace {

static_assert(std::endian::native == std::endian::little);

std::string npy_of(const HeatMaps& maps) {
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}, {}, {}), }}",
                  kPhases.size(), maps.nodes, maps.rows, maps.columns);
  // Magic, version and length take 10 bytes; data begins at a multiple of 64.
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  for (const auto& phase : maps.values) {
    out.append(reinterpret_cast<const char*>(phase.data()), phase.size() * sizeof(float));
  }
  return out;
}

/// "character_1.appearance[0]", "blue_hair" as "map-character_1.appearance-0-blue_hair.png"; a name
/// is given once.
class FileNames {
 public:
  std::string name(const Node& node) {
    std::string stem;
    for (char c : node.kind == Node::Kind::tag ? node.path + " " + node.label : node.path) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '.';
      if (plain) stem += c;
      if (!plain && !stem.empty() && stem.back() != '-' && c != ']') stem += '-';
    }
    while (stem.ends_with('-')) stem.pop_back();
    stem = "map-" + stem.substr(0, 100);
    std::string given = stem;
    for (int copy = 2; !taken_.insert(given).second; ++copy) {
      given = fmt::format("{}-{}", stem, copy);
    }
    return given + ".png";
  }

 private:
  std::set<std::string> taken_;
};

Json json_of(const Questions& questions, const HeatMaps& maps, const Provenance& provenance,
             const std::vector<std::string>& overlays, const std::vector<CharacterRegion>& regions,
             const std::vector<Leakage>& leakage) {
  Json json = Json::object();
  json["picture"] = "picture.png";
  json["caption"] = questions.caption;
  json["maps"] = "maps.npy";
  json["axes"] = {"phase", "node", "row", "column"};
  json["shape"] = {kPhases.size(), maps.nodes, maps.rows, maps.columns};
  json["phases"] = Json::array();
  for (Phase phase : kPhases) json["phases"].push_back(to_string(phase));
  json["layers"] = Json::array();
  for (int64_t layer = 0; layer < provenance.joint_layers; ++layer) {
    if (provenance.layers.watches(layer)) json["layers"].push_back(layer);
  }
  json["steps"] = provenance.steps;
  json["nodes"] = Json::array();
  for (size_t n = 0; n < questions.nodes.size(); ++n) {
    const Node& node = questions.nodes[n];
    Json shares = Json::object();
    for (Phase phase : kPhases) shares[std::string(to_string(phase))] = maps.share(n, phase);
    json["nodes"].push_back({{"path", node.path},
                             {"kind", to_string(node.kind)},
                             {"label", node.label},
                             {"character", node.character},
                             {"tokens", {node.tokens.begin, node.tokens.end}},
                             {"share", shares},
                             {"overlay", overlays[n]}});
  }
  json["leakage"] = Json::array();
  for (size_t r = 0; r < regions.size(); ++r) {
    Json inside = Json::object();
    for (size_t other = 0; other < regions.size(); ++other) {
      inside[fmt::format("character_{}", regions[other].character)] = leakage[r].inside[other];
    }
    json["leakage"].push_back({{"character", regions[r].character},
                               {"region_from", regions[r].source},
                               {"inside", inside},
                               {"elsewhere", leakage[r].outside}});
  }
  return json;
}

std::string watched(const Provenance& provenance) {
  int64_t layers = 0;
  for (int64_t layer = 0; layer < provenance.joint_layers; ++layer) {
    layers += provenance.layers.watches(layer);
  }
  return fmt::format("Taken from {} of {} joint layers in {} steps.", layers,
                     provenance.joint_layers, provenance.steps);
}

}  // namespace

std::vector<File> files_of(const Questions& questions, const HeatMaps& maps,
                           const image::Picture& picture, const Provenance& provenance,
                           int threads) {
  const auto regions = regions_of(questions, maps);
  const auto leakage = leakage_of(regions, maps);
  std::vector<File> files{
      {"index.html", page_of({questions, maps, picture, regions, leakage, watched(provenance)})},
      {"picture.png", image::encode_png(picture, {}, image::PngEffort::quick)},
      {"maps.npy", npy_of(maps)}};
  FileNames names;
  std::vector<std::string> overlays;
  for (const Node& node : questions.nodes) overlays.push_back(names.name(node));
  const size_t first = files.size();
  files.resize(first + overlays.size());
  parallel_for(threads, static_cast<int64_t>(overlays.size()), [&](int64_t n) {
    const auto node = static_cast<size_t>(n);
    files[first + node] = {
        overlays[node], image::encode_png(overlay(picture, glow_of(maps, node, Phase::whole)), {},
                                          image::PngEffort::quick)};
  });
  const Json json = json_of(questions, maps, provenance, overlays, regions, leakage);
  files.push_back({"maps.json", json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"});
  return files;
}

}  // namespace newbie::explain
