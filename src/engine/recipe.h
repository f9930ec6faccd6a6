#pragma once
/// What goes into a picture's file so that it can be made again.

#include <map>
#include <string>

#include "image/png.h"
#include "newbie/request.h"
#include "prompt/compile.h"

namespace newbie::engine {

using Hashes = std::map<std::string, std::string>;

/// What each stage made, as hashes: the first that differs between two runs names the stage that
/// does.
struct StageHashes {
  std::string conditioning;
  std::string noise;
  std::string latent;
  std::string pixels;
};

/// Everything that decides the bytes of one picture.
struct Recipe {
  GenerateRequest request;  ///< resolved; seed and count of this one picture
  const prompt::Compiled& texts;
  Hashes weights;
  Hashes inputs;  ///< contents of the files that the request names
  std::string model_name;
  std::string device_class;
  StageHashes stages;
};

/// Contents of the start picture, the mask and the adapters that the request names. Errors:
/// `file.*`.
Hashes hash_inputs(const GenerateRequest& request);

/// See Engine::recipe_id. `resolved` describes one picture.
std::string recipe_id(GenerateRequest resolved, const Hashes& weights, const Hashes& inputs);

/// Chunk `newbie`: JSON with id, request, both compiled texts, hashes, version and device class.
/// Chunk `parameters`: the A1111 way, for galleries and other tools.
image::PngMetadata metadata_of(const Recipe& recipe);

}  // namespace newbie::engine
