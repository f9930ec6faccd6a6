#pragma once
/// What goes into a picture's file so that it can be made again.

#include <map>
#include <string>

#include "image/png.h"
#include "newbie/request.h"
#include "prompt/compile.h"

namespace newbie::engine {

/// Everything that decides the bytes of one picture.
struct Recipe {
  GenerateRequest request;  ///< resolved; seed and count of this one picture
  const prompt::Compiled& texts;
  std::map<std::string, std::string> weight_hashes;
  std::string model_name;
  std::string noise_hash;
  std::string device_class;
};

/// Chunk `newbie`: JSON with the request, both compiled texts, hashes, version and device class.
/// Chunk `parameters`: the A1111 way, for galleries and other tools.
image::PngMetadata metadata_of(const Recipe& recipe);

}  // namespace newbie::engine
