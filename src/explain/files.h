#pragma once
/// What an explanation leaves on disk.

#include <string>
#include <vector>

#include "explain/heat_maps.h"
#include "explain/recorder.h"
#include "image/image.h"

namespace newbie::explain {

/// A file to be written.
struct File {
  std::string name;  ///< safe as a file name everywhere
  std::string bytes;
};

/// How the maps were taken.
struct Provenance {
  LayerChoice layers;
  int64_t joint_layers = 0;
  int64_t steps = 0;
};

/// index.html, picture.png, an overlay per node, maps.json and maps.npy ([phase, node, row, column]
/// f32, little endian). The overlays are made on up to `threads` threads.
std::vector<File> files_of(const Questions& questions, const HeatMaps& maps,
                           const image::Picture& picture, const Provenance& provenance,
                           int threads);

}  // namespace newbie::explain
