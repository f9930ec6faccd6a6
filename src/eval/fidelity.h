#pragma once
/// How true an autoencoder keeps pictures.

#include <filesystem>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "image/image.h"
#include "models/flux_vae/model.h"
#include "tensor/device.h"

namespace newbie::eval {

/// Peak signal to noise ratio in decibel over all channels, of 8-bit pictures of one size; infinite
/// when they are the same. Errors: `image.wrong_size`.
double psnr(const image::Picture& a, const image::Picture& b);

/// A mean, in the unit of its values, and how sure it is.
struct MeanAndError {
  double mean = 0;
  double error = 0;  ///< standard error of the mean
};
/// Errors: `internal.invariant` for no values.
MeanAndError mean_of(const std::vector<double>& values);

/// Pictures through a model's VAE and back (the posterior's mean, rounded to 8 bits).
class VaeTrip {
 public:
  /// Errors: those of loading a VAE.
  VaeTrip(const std::filesystem::path& model, const Device& device);
  image::Picture operator()(const image::Picture& picture) const;

 private:
  Device device_;
  flux_vae::FluxVae vae_;
};

using Told = std::function<void(int64_t done, int64_t total)>;

/// The psnr of each of `count` pictures of the world after a VaeTrip. Errors: those of loading
/// a VAE, `request.cancelled`.
std::vector<double> reconstruction_psnr(const std::filesystem::path& model, uint64_t seed,
                                        int64_t count, int64_t side, const Device& device,
                                        const CancelToken& cancel = {}, const Told& told = {});

}  // namespace newbie::eval
