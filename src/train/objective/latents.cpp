#include "train/objective/latents.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/parallel.h"
#include "image/image.h"
#include "io/config.h"
#include "models/next_dit/config.h"
#include "ops/backward/elementwise.h"
#include "ops/elementwise.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::train {
namespace {

/// Pictures in one pass of the encoder. Drawn ones are small and come in hundreds; passes are
/// always full, so that a latent does not depend on how many came along. Files may have any size.
size_t encoded_together(const Dataset& examples, const Device& device) {
  if (!examples.synthetic()) return 1;
  return device.kind() == DeviceKind::cuda ? 64 : 8;
}

/// Latents may take this share of a device's free memory.
constexpr uint64_t kShareOfFree = 4;

/// [C,h,w] of pictures of a size.
Shape shape_of(const Bucket& pixels, const LatentSource::Options& options) {
  return {options.channels, pixels.height / options.downscale, pixels.width / options.downscale};
}

}  // namespace

Tensor picture_tensor(std::span<const uint8_t> pixels, const Shape& shape, const Device& device) {
  const Tensor sent = Tensor::from(pixels, shape, device);
  return ops::to_channels_first(ops::affine(ops::cast(sent, DType::f32), 1 / 127.5f, -1.0f));
}

Tensor picture_tensor(const std::vector<const image::Picture*>& pictures, const Device& device) {
  const image::Picture& first = *pictures.front();
  const size_t size = first.pixels.size();
  std::vector<uint8_t> bytes(pictures.size() * size);
  for (size_t i = 0; i < pictures.size(); ++i) {
    check(pictures[i]->pixels.size() == size, "picture_tensor: pictures of several sizes");
    std::copy(pictures[i]->pixels.begin(), pictures[i]->pixels.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  return picture_tensor(
      bytes, {static_cast<int64_t>(pictures.size()), first.height, first.width, 3}, device);
}

LatentSource::LatentSource(const ArrangedData& data, TensorCache cache, const Options& options,
                           const Device& device)
    : data_(data),
      cache_(std::move(cache)),
      options_(options),
      device_(device),
      host_(device.kind() == DeviceKind::cpu ? device : Device::cpu(device.threads())),
      tables_(data.bucket_count()),
      row_of_(static_cast<size_t>(data.examples().size())) {
  for (auto& row : row_of_) row = -1;
  resident_ = fit(bytes_of(data, options), device);
  const Device& place = resident_ ? device_ : host_;
  const MemoryScope memory(place, Component::vae, MemoryUse::weights);
  const std::vector<int64_t> sizes = data.bucket_sizes();
  for (size_t bucket = 0; bucket < sizes.size(); ++bucket) {
    if (sizes[bucket] == 0) continue;
    const Shape shape{sizes[bucket], latent_shape(bucket).numel()};
    tables_[bucket].rows = Tensor::zeros(shape, options.kept, place);
  }
}

LatentSource::Options LatentSource::Options::of(const ModelFolder& model, DType compute) {
  const auto transformer =
      next_dit::read_config(io::Config::open(model.transformer / "config.json"));
  const auto vae = flux_vae::read_config(io::Config::open(model.vae / "config.json"));
  return {.vae_key = weights_fingerprint(model.vae),
          .channels = vae.latent_channels,
          .downscale = vae.downscale(),
          .patch = transformer.patch_size,
          .kept = compute == DType::f32 ? DType::f32 : DType::bf16};
}

uint64_t LatentSource::bytes_of(const ArrangedData& data, const Options& options) {
  uint64_t elements = 0;
  const std::vector<int64_t> sizes = data.bucket_sizes();
  for (size_t bucket = 0; bucket < sizes.size(); ++bucket) {
    const Shape latent = shape_of(data.bucket(bucket), options);
    elements += static_cast<uint64_t>(sizes[bucket] * latent.numel());
  }
  return elements * size_of(options.kept);
}

bool LatentSource::fit(uint64_t bytes, const Device& device) {
  if (device.kind() == DeviceKind::cpu || device.plans()) return true;
  return bytes * kShareOfFree <= device.memory().free;
}

Shape LatentSource::latent_shape(size_t bucket) const {
  return shape_of(data_.bucket(bucket), options_);
}

uint64_t LatentSource::key_of(int64_t example) const {
  const Bucket& bucket = data_.bucket_of(example);
  return joined_key({data_.examples().info(example).content, options_.vae_key,
                     static_cast<uint64_t>(bucket.width), static_cast<uint64_t>(bucket.height)});
}

bool LatentSource::known(int64_t example) {
  if (row_of_[static_cast<size_t>(example)] >= 0) return true;
  if (data_.examples().synthetic()) return false;
  const auto entry = cache_.find(key_of(example), host_);
  if (!entry || !entry->contains("latent")) return false;
  const Tensor& latent = entry->at("latent");
  const Shape wanted = latent_shape(data_.bucket_index(example));
  if (!(latent.shape() == wanted)) return false;
  keep({example}, as_patches(latent.view({1, wanted[0], wanted[1], wanted[2]})));
  return true;
}

bool LatentSource::complete() {
  bool all = true;
  for (int64_t i = 0; i < data_.examples().size(); ++i) all = known(i) && all;
  return all;
}

void LatentSource::fill(const flux_vae::FluxVae& vae,
                        const std::function<void(int64_t, int64_t)>& progress) {
  const int64_t total = data_.examples().size();
  for (int64_t i = 0; i < total; ++i) {
    if (!known(i)) encode({{i, data_.picture(i)}}, vae);
    if (progress) progress(i + 1, total);
  }
}

Tensor LatentSource::as_patches(const Tensor& latents) const {
  const int64_t count = latents.dim(0), channels = latents.dim(1), h = latents.dim(2),
                w = latents.dim(3), p = options_.patch;
  std::vector<int64_t> pixels;
  pixels.reserve(static_cast<size_t>(count * h * w));
  for (int64_t b = 0; b < count; ++b) {
    for (int64_t row = 0; row < h; row += p) {
      for (int64_t column = 0; column < w; column += p) {
        for (int64_t inside = 0; inside < p * p; ++inside) {
          pixels.push_back((b * h + row + inside / p) * w + column + inside % p);
        }
      }
    }
  }
  const Tensor rows = ops::to_channels_last(latents).view({count * h * w, channels});
  return ops::take_rows(rows, pixels).view({count, channels * h * w});
}

void LatentSource::keep(const std::vector<int64_t>& examples, const Tensor& rows) {
  const size_t bucket = data_.bucket_index(examples.front());
  Table& table = tables_[bucket];
  const auto count = static_cast<int64_t>(examples.size());
  Tensor place = table.rows.slice(table.filled, table.filled + count);
  const Tensor typed = ops::cast(rows, options_.kept);
  if (place.device().kind() == DeviceKind::cpu) {
    const Tensor host = ops::to_host(typed);
    std::memcpy(place.mutable_raw(), host.raw(), host.bytes());
  } else {
    ops::add_to(place, ops::to_device(typed, device_));  // the table was zeros
  }
  for (int64_t i = 0; i < count; ++i) {
    row_of_[static_cast<size_t>(examples[static_cast<size_t>(i)])] = table.filled + i;
  }
  table.filled += count;
}

void LatentSource::encode(const std::vector<AwaitedPicture>& pictures,
                          const flux_vae::FluxVae& vae) {
  const NoGradient quiet(device_);
  const MemoryScope memory(device_, Component::vae, MemoryUse::activations);
  std::vector<const AwaitedPicture*> missing;
  std::unordered_set<int64_t> seen;
  for (const AwaitedPicture& each : pictures) {
    const bool first = seen.insert(each.example).second;
    if (first && row_of_[static_cast<size_t>(each.example)] < 0) missing.push_back(&each);
  }
  const size_t together = encoded_together(data_.examples(), device_);
  for (size_t begin = 0; begin < missing.size(); begin += together) {
    const size_t count = std::min(together, missing.size() - begin);
    std::vector<const image::Picture*> chunk;
    std::vector<int64_t> examples;
    for (size_t i = 0; i < together; ++i) {
      chunk.push_back(&missing[begin + std::min(i, count - 1)]->picture);
      if (i < count) examples.push_back(missing[begin + i]->example);
    }
    const Tensor latents = vae.to_latent(vae.encode(picture_tensor(chunk, device_)).mean);
    const Tensor own = latents.slice(0, static_cast<int64_t>(count));
    keep(examples, as_patches(own));
    if (data_.examples().synthetic()) continue;
    const Tensor host = ops::to_host(own);
    for (size_t i = 0; i < count; ++i) {
      const auto b = static_cast<int64_t>(i);
      const Shape shape{host.dim(1), host.dim(2), host.dim(3)};
      cache_.put(key_of(examples[i]), {{"latent", host.slice(b, b + 1).view(shape)}});
    }
  }
}

Tensor LatentSource::patches(const std::vector<int64_t>& examples) {
  const Tensor& table = tables_[data_.bucket_index(examples.front())].rows;
  std::vector<int64_t> rows;
  for (const int64_t example : examples) {
    rows.push_back(row_of_[static_cast<size_t>(example)]);
    check(rows.back() >= 0, "LatentSource: a latent is missing");
  }
  const Tensor found = ops::take_rows(table, rows);
  return ops::cast(ops::to_device(found, device_), DType::f32);
}

}  // namespace newbie::train
