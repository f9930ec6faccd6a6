#include <fmt/format.h>

#include <cmath>

#include "ops/shape.h"
#include "ops/transfer.h"
#include "questions.h"
#include "synthetic.h"
#include "timing.h"

namespace newbie::bench {
namespace {

/// |found - expected| / |expected| over all images.
double relative_l2(const std::vector<Tensor>& found, const std::vector<Tensor>& expected) {
  double error = 0, size = 0;
  for (size_t b = 0; b < found.size(); ++b) {
    const std::vector<float> f = found[b].to_floats(), e = expected[b].to_floats();
    for (size_t i = 0; i < f.size(); ++i) {
      const double distance = static_cast<double>(f[i]) - static_cast<double>(e[i]);
      error += distance * distance;
      size += static_cast<double>(e[i]) * static_cast<double>(e[i]);
    }
  }
  return std::sqrt(error / size);
}

struct Picture {
  Shape latent;
  int64_t caption;
};

/// One pass over these pictures, the same numbers on every device.
std::vector<Tensor> answer(const next_dit::NextDiT& network, const std::vector<Picture>& pictures,
                           DType type, const Device& device, next_dit::HalfGuard* guard = nullptr) {
  std::vector<Tensor> latents, captions, pooled;
  std::vector<Shape> shapes;
  std::vector<int64_t> lengths;
  for (const Picture& picture : pictures) {
    const auto seed = static_cast<uint64_t>(picture.caption);
    shapes.push_back(picture.latent);
    lengths.push_back(picture.caption);
    latents.push_back(random_tensor(picture.latent, DType::f32, device, 10 + seed));
    captions.push_back(random_tensor({picture.caption, 2560}, type, device, 500 + seed));
    pooled.push_back(random_tensor({1, 1024}, type, device, 900 + seed));
  }
  const auto packing = ops::Packing::of_lengths(lengths);
  const auto refined = network.refine_caption(ops::concat_rows(captions), packing);
  const auto layout = network.layout(shapes, packing);
  const Tensor pooled_all = ops::concat_rows(pooled);
  const std::vector<float> times(pictures.size(), 0.4f);
  static const std::vector<Tensor> kNone;
  next_dit::Input input{latents, times, refined, pooled_all, layout, kNone};
  input.guard = guard;
  std::vector<Tensor> out;
  for (const Tensor& v : network(input)) out.push_back(ops::to_host(v));
  return out;
}

Shape latent(int64_t height, int64_t width) { return {16, height / 8, width / 8}; }

void check_against_host(const Device& device) {
  const Device host = Device::cpu();
  const std::vector<Picture> large{{latent(1024, 1024), 256}}, small{{latent(256, 256), 64}};
  const auto ask = [&](std::string_view what, int64_t layers,
                       const std::vector<Picture>& pictures) {
    const auto expected =
        answer(build<next_dit::NextDiT>(transformer_config(layers), use_of(host, DType::f32)),
               pictures, DType::f32, host);
    for (const DType type : {DType::f32, DType::bf16}) {
      const auto found =
          answer(build<next_dit::NextDiT>(transformer_config(layers), use_of(device, type)),
                 pictures, type, device);
      report(fmt::format("device {} against host f32, {}", name_of(type), what),
             relative_l2(found, expected), "relative L2");
      device.allocator().trim();
    }
  };
  ask("refiners and 1 block at 1024x1024", 1, large);
  ask("36 blocks at 256x256", 36, small);
}

void check_shapes(const Device& device) {
  const auto bf16 = build<next_dit::NextDiT>(transformer_config(4), use_of(device, DType::bf16));
  const auto f32 = build<next_dit::NextDiT>(transformer_config(4), use_of(device, DType::f32));
  const auto ask = [&](std::string_view what, const std::vector<Picture>& pictures) {
    report(fmt::format("bf16 against f32, 4 blocks, {}", what),
           relative_l2(answer(bf16, pictures, DType::bf16, device),
                       answer(f32, pictures, DType::f32, device)),
           "relative L2");
  };
  ask("1536x1536", {{latent(1536, 1536), 200}});
  ask("1008x752 beside 272x1040", {{latent(1008, 752), 77}, {latent(272, 1040), 131}});
  for (const int64_t tokens : {1, 2, 17, 129, 512}) {
    ask(fmt::format("{} caption tokens", tokens), {{latent(512, 512), tokens}});
  }
  // Each image of a batch has its own caption length, and so its own numbers.
  std::vector<Picture> four;
  for (const int64_t tokens : {40, 90, 150, 256}) four.push_back({latent(768, 768), tokens});
  for (const auto& [network, type] : {std::pair{&f32, DType::f32}, {&bf16, DType::bf16}}) {
    const auto together = answer(*network, four, type, device);
    std::vector<Tensor> alone;
    for (const Picture& one : four) alone.push_back(answer(*network, {one}, type, device)[0]);
    report(fmt::format("batch 4 against 4 times 1, {}", name_of(type)),
           relative_l2(together, alone), "relative L2");
  }
}

void check_types(const Device& device) {
  const std::vector<Picture> pair{{latent(1024, 1024), 256}, {latent(1024, 1024), 255}};
  const auto of = [&](DType type, nn::LinearStorage linear) {
    next_dit::HalfGuard guard;
    auto found =
        answer(build<next_dit::NextDiT>(transformer_config(), use_of(device, type, linear)), pair,
               type, device, &guard);
    device.allocator().trim();
    return found;
  };
  using nn::LinearStorage;
  const auto f32 = of(DType::f32, LinearStorage::compute);
  const auto bf16 = of(DType::bf16, LinearStorage::compute);
  const auto fp8 = of(DType::bf16, LinearStorage::f8);
  report("a whole pair, bf16 against f32", relative_l2(bf16, f32), "relative L2");
  report("a whole pair, f16 against f32", relative_l2(of(DType::f16, LinearStorage::compute), f32),
         "relative L2");
  report("a whole pair, fp8 against bf16", relative_l2(fp8, bf16), "relative L2");
  report("a whole pair, fp8 against f32", relative_l2(fp8, f32), "relative L2");
}

}  // namespace

void check_agreement(const Device& device) {
  check_shapes(device);
  check_types(device);
  check_against_host(device);
}

}  // namespace newbie::bench
