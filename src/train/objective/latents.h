#pragma once
/// Pictures as latents, made once and kept where a batch of them is one copy.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "models/flux_vae/model.h"
#include "models/model_folder.h"
#include "train/data/arranged.h"
#include "train/data/cache.h"

namespace newbie::train {

/// A picture on its way to the encoder.
struct AwaitedPicture {
  int64_t example = 0;
  image::Picture picture;
};

/// Latents by example, as patches of the transformer, scale and shift of the VAE applied: from
/// memory, from files, or through the encoder. They lie in one table per bucket, in the type that
/// the transformer computes in (its first product rounds them to it anyway), on the device where
/// they fit into a part of its free memory, else on the host.
class LatentSource {
 public:
  struct Options {
    uint64_t vae_key = 0;  ///< names the encoder
    int64_t channels = 16;
    int64_t downscale = 8;
    int64_t patch = 2;
    DType kept = DType::f32;

    /// Those of a model whose transformer computes in `compute`. Errors: `config.*`, `file.*`.
    static Options of(const ModelFolder& model, DType compute);
  };
  /// Files are kept for pictures that are files; what is drawn on demand stays in memory.
  LatentSource(const ArrangedData& data, TensorCache cache, const Options& options,
               const Device& device);

  /// Pixels along each side of a patch.
  int64_t pixels_per_patch() const { return options_.downscale * options_.patch; }
  /// Whether latents lie on the device.
  bool resident() const { return resident_; }
  /// Bytes of the tables of `data`.
  static uint64_t bytes_of(const ArrangedData& data, const Options& options);
  /// Whether tables of so many bytes lie on a device as it is now.
  static bool fit(uint64_t bytes, const Device& device);
  /// Whether the example needs no encoder; reads its file when there is one. Thread-safe for
  /// synthetic data.
  bool known(int64_t example);
  /// Whether every latent is there without an encoder.
  bool complete();
  /// Encodes what is missing. `progress` is told how many of all are there.
  void fill(const flux_vae::FluxVae& vae,
            const std::function<void(int64_t done, int64_t total)>& progress);

  /// Encodes those that are not known yet.
  void encode(const std::vector<AwaitedPicture>& pictures, const flux_vae::FluxVae& vae);

  /// Patches of known examples of one bucket, f32 on the device. Shapes: [B, n*p*p*C].
  Tensor patches(const std::vector<int64_t>& examples);
  /// [C,h,w] of a bucket.
  Shape latent_shape(size_t bucket) const;

 private:
  /// Rows of one bucket in the order in which they came.
  struct Table {
    Tensor rows;
    int64_t filled = 0;
  };
  uint64_t key_of(int64_t example) const;
  /// Adds rows [n, n*p*p*C] of any device to a bucket's table.
  void keep(const std::vector<int64_t>& examples, const Tensor& rows);
  Tensor as_patches(const Tensor& latents) const;

  const ArrangedData& data_;
  TensorCache cache_;
  Options options_;
  Device device_;
  Device host_;
  bool resident_ = false;
  std::vector<Table> tables_;
  /// Row of each example in its bucket's table, -1 for none yet. Other threads look whether it is.
  std::vector<std::atomic<int64_t>> row_of_;
};

/// Pictures as f32 [B,3,h,w] in [-1,1] on a device, from their bytes [B,h,w,3].
Tensor picture_tensor(std::span<const uint8_t> pixels, const Shape& shape, const Device& device);
/// The same of pictures of one size.
Tensor picture_tensor(const std::vector<const image::Picture*>& pictures, const Device& device);

}  // namespace newbie::train
