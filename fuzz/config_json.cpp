// Any bytes as a config.json of each network: what passes validation has a sane list of tensors.

#include <cstdint>
#include <string_view>

#include "models/flux_vae/names.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/names.h"
#include "models/next_dit/names.h"

using namespace newbie;

namespace {

template <class Body>
void guarded(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code().starts_with("internal.")) __builtin_trap();
  }
}

/// A stated number of layers may be anything up to 2^31; listing them all is not the question.
constexpr int64_t kLayers = 1000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  guarded([&] {
    const io::Config json = io::Config::parse(text, "config.json");
    guarded([&] {
      const auto config = next_dit::read_config(json);
      next_dit::validate(config);
      if (config.n_layers < kLayers && config.n_refiner_layers < kLayers) {
        (void)next_dit::expected_tensors(config);
      }
    });
    guarded([&] {
      const auto config = gemma3::read_config(json);
      gemma3::validate(config);
      if (config.num_hidden_layers < kLayers) (void)gemma3::expected_tensors(config);
    });
    guarded([&] {
      const auto config = jina_clip::read_config(json);
      jina_clip::validate(config);
      if (config.num_hidden_layers < kLayers) (void)jina_clip::expected_tensors(config);
    });
    guarded([&] {
      const auto config = flux_vae::read_config(json);
      flux_vae::validate(config);
      if (config.layers_per_block < kLayers) (void)flux_vae::expected_tensors(config);
    });
  });
  return 0;
}
