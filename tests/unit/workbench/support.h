#pragma once
/// Pictures with recipes, made without a model.

#include <fmt/format.h>

#include <string>

#include "base/json.h"
#include "image/png.h"
#include "newbie/engine.h"
#include "support/errors.h"

namespace newbie::test {

/// The record of a picture as the engine writes it; tests change what they are about.
inline Json record_json(const GenerateRequest& request = {}) {
  return {
      {"newbie", "0.1.0"},
      {"id", "00000000000000aa"},
      {"request", Json::parse(to_json(request))},
      {"texts",
       {{"positive", {{"gemma", "S 1girl"}, {"jina", "1girl"}}},
        {"negative", {{"gemma", ""}, {"jina", ""}}}}},
      {"model", "tiny"},
      {"device", "cpu avx512"},
      {"weights", {{"vae/a.safetensors", "1111111111111111"}}},
      {"hashes", {{"conditioning", "c0"}, {"noise", "n0"}, {"latent", "l0"}, {"pixels", "p0"}}}};
}

/// A small flat picture that carries a record.
inline GeneratedImage picture_with(const Json& record, uint8_t level = 100) {
  image::Picture pixels = image::Picture::blank(8, 6);
  for (uint8_t& value : pixels.pixels) value = level;
  GeneratedImage picture;
  picture.seed = 7;
  picture.pixels = {8, 6, pixels.pixels};
  picture.png = image::encode_png(pixels, {{"newbie", record.dump()}});
  return picture;
}

}  // namespace newbie::test
