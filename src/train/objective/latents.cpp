#include "train/objective/latents.h"

#include <algorithm>

#include "base/parallel.h"
#include "image/image.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::train {
namespace {

/// Pictures in one pass of the encoder: enough to fill a device, little enough to fit it.
constexpr size_t kEncodedTogether = 16;

}  // namespace

LatentSource::LatentSource(const ArrangedData& data, uint64_t vae_key, TensorCache cache)
    : data_(data), vae_key_(vae_key), cache_(std::move(cache)) {}

uint64_t LatentSource::key_of(int64_t example) const {
  const Bucket& bucket = data_.bucket_of(example);
  return joined_key({data_.examples().info(example).content, vae_key_,
                     static_cast<uint64_t>(bucket.width), static_cast<uint64_t>(bucket.height)});
}

Tensor LatentSource::known(int64_t example) {
  if (const auto found = memory_.find(example); found != memory_.end()) return found->second;
  if (data_.examples().synthetic()) return {};
  const auto entry = cache_.find(key_of(example), host_);
  if (!entry || !entry->contains("latent")) return {};
  return memory_[example] = entry->at("latent");
}

bool LatentSource::complete() const {
  auto* self = const_cast<LatentSource*>(this);
  for (int64_t i = 0; i < data_.examples().size(); ++i) {
    if (!self->known(i).defined()) return false;
  }
  return true;
}

void LatentSource::fill(const flux_vae::FluxVae& vae, const Device& device,
                        const std::function<void(int64_t, int64_t)>& progress) {
  const int64_t total = data_.examples().size();
  for (int64_t i = 0; i < total; ++i) {
    if (!known(i).defined()) encode({i}, vae, device);
    if (progress) progress(i + 1, total);
  }
}

void LatentSource::encode(const std::vector<int64_t>& examples, const flux_vae::FluxVae& vae,
                          const Device& device) {
  const NoGradient quiet(device);
  for (size_t begin = 0; begin < examples.size(); begin += kEncodedTogether) {
    const size_t count = std::min(kEncodedTogether, examples.size() - begin);
    const Bucket& bucket = data_.bucket_of(examples[begin]);
    const auto plane = static_cast<size_t>(3 * bucket.width * bucket.height);
    std::vector<float> planes(count * plane);
    parallel_for(hardware_threads(), static_cast<int64_t>(count), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      const auto one = image::to_planes(data_.picture(examples[begin + at]));
      std::copy(one.begin(), one.end(), planes.begin() + static_cast<std::ptrdiff_t>(at * plane));
    });
    const Tensor pictures =
        Tensor::from(planes, {static_cast<int64_t>(count), 3, bucket.height, bucket.width}, device);
    const Tensor latents = ops::to_host(vae.to_latent(vae.encode(pictures).mean));
    for (size_t i = 0; i < count; ++i) {
      const auto b = static_cast<int64_t>(i);
      // A copy of its own: a slice would keep the whole batch in memory.
      const Tensor one = latents.slice(b, b + 1);
      const Shape shape{latents.dim(1), latents.dim(2), latents.dim(3)};
      const Tensor kept = Tensor::from(one.to_floats(), shape, host_);
      memory_[examples[begin + i]] = kept;
      if (!data_.examples().synthetic())
        cache_.put(key_of(examples[begin + i]), {{"latent", kept}});
    }
  }
}

std::vector<Tensor> LatentSource::latents(const std::vector<int64_t>& examples,
                                          const flux_vae::FluxVae* vae, const Device& device) {
  std::vector<int64_t> missing;
  for (const int64_t example : examples) {
    if (!known(example).defined()) missing.push_back(example);
  }
  if (!missing.empty()) {
    check(vae != nullptr, "LatentSource: a latent is missing and there is no encoder");
    encode(missing, *vae, device);
  }
  std::vector<Tensor> out;
  for (const int64_t example : examples) out.push_back(ops::to_device(known(example), device));
  return out;
}

}  // namespace newbie::train
