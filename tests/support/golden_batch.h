#pragma once
/// The transformer's golden inputs: padded batches of upstream, packed as our networks take them.

#include <algorithm>
#include <string>
#include <vector>

#include "ops/shape.h"
#include "support/golden.h"
#include "support/tiny_model.h"

namespace newbie::test {

/// A batch as upstream pads it, packed as we run it.
struct Batch {
  std::vector<Tensor> latents;
  Tensor captions;  // [T, cap_feat_dim]
  ops::Packing packing;
  Tensor pooled;
};

/// How many tokens of each row a mask lets through.
inline std::vector<int64_t> lengths(const Tensor& mask) {
  std::vector<int64_t> out;
  for (int64_t b = 0; b < mask.dim(0); ++b) {
    const auto row = mask.slice(b, b + 1).to_floats();
    out.push_back(static_cast<int64_t>(std::count(row.begin(), row.end(), 1.0f)));
  }
  return out;
}

/// Row b of a padded [B,L,D] tensor, first `length` rows.
inline Tensor rows_of(const Tensor& padded, int64_t b, int64_t length) {
  return padded.slice(b, b + 1).view({padded.dim(1), padded.dim(2)}).slice(0, length);
}

inline Tensor pack(const Tensor& padded, const std::vector<int64_t>& n) {
  std::vector<Tensor> parts;
  for (size_t b = 0; b < n.size(); ++b)
    parts.push_back(rows_of(padded, static_cast<int64_t>(b), n[b]));
  return ops::concat_rows(parts);
}

inline std::vector<Tensor> images_of(const Tensor& batch) {
  std::vector<Tensor> out;
  for (int64_t b = 0; b < batch.dim(0); ++b) {
    out.push_back(batch.slice(b, b + 1).view({batch.dim(1), batch.dim(2), batch.dim(3)}));
  }
  return out;
}

inline std::vector<float> joined(const std::vector<Tensor>& parts) {
  std::vector<float> out;
  for (const Tensor& part : parts) {
    const auto values = part.to_floats();
    out.insert(out.end(), values.begin(), values.end());
  }
  return out;
}

/// The batch that `latents` names, with the captions and pooled texts of the file.
inline Batch golden_batch(const GoldenFile& file, const std::string& latents) {
  const auto n = lengths(*file.find("cap_mask"));
  return {images_of(*file.find(latents)), pack(*file.find("cap_feats"), n),
          ops::Packing::of_lengths(n), *file.find("pooled")};
}

/// Velocities of a batch, on the device of the tests.
inline std::vector<Tensor> velocities(const next_dit::NextDiT& network, const Batch& in,
                                      const std::vector<float>& t,
                                      const nn::Observer& observer = {},
                                      const std::vector<Tensor>& bias = {}) {
  const auto all_there = [](std::vector<Tensor> tensors) {
    for (Tensor& x : tensors) x = x.defined() ? there(x) : x;
    return tensors;
  };
  std::vector<Shape> shapes;
  for (const Tensor& latent : in.latents) shapes.push_back(latent.shape());
  const auto caption = network.refine_caption(there(in.captions), in.packing, observer);
  const auto layout = network.layout(shapes, in.packing);
  const Tensor pooled = in.pooled.defined() ? there(in.pooled) : in.pooled;
  return network({all_there(in.latents), t, caption, pooled, layout, all_there(bias)}, observer);
}

}  // namespace newbie::test
