#pragma once
/// Adapter files for tests: tensors by name, written as safetensors, and a model small enough to
/// think about.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "adapters/read.h"
#include "adapters/targets.h"
#include "io/safetensors_writer.h"
#include "support/errors.h"
#include "support/tensors.h"

namespace newbie::adapters::testing {

/// A folder that is empty at the start and gone at the end.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("newbie_adapters_" + name + "_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

using Named = std::map<std::string, Tensor>;

inline const Device& host() {
  static const Device device = Device::cpu(1);
  return device;
}
inline Tensor random(Shape shape, uint32_t seed) {
  return test::random_tensor(shape, DType::f32, host(), seed, 0.3f);
}
inline Tensor number(float value) {
  return Tensor::from(std::vector<float>{value}, Shape{}, host());
}

inline std::filesystem::path write(const std::filesystem::path& path, const Named& tensors,
                                   const std::map<std::string, std::string>& metadata = {}) {
  std::vector<io::TensorHeader> headers;
  for (const auto& [name, tensor] : tensors)
    headers.push_back({name, tensor.dtype(), tensor.shape()});
  io::SafetensorsWriter writer(path, headers, metadata);
  for (const io::TensorHeader& header : writer.tensors()) {
    const Tensor& tensor = tensors.at(header.name);
    writer.append({tensor.raw(), tensor.bytes()});
  }
  writer.commit();
  return path;
}

/// Width 12, qkv of 2 heads of 4 and 1 kv head: queries 8, keys 4, values 4.
inline const Targets& small_targets() {
  static const Targets targets = [] {
    Targets made;
    const io::Concat qkv{
        "{w}.{i}.attention.qkv.weight",
        {"{w}.{i}.attn.to_q.weight", "{w}.{i}.attn.to_k.weight", "{w}.{i}.attn.to_v.weight"},
        {8, 4, 4}};
    const io::NamesTable diffusers{
        "diffusers",
        "norm_out.weight",
        {qkv, io::Rename{"{w}.{i}.attention.out.{*}", "{w}.{i}.attn.to_out.0.{*}"}},
        {}};
    made.add("next_dit",
             {{"layers.0.attention.qkv.weight", {16, 12}},
              {"layers.1.attention.qkv.weight", {16, 12}},
              {"layers.0.attention.out.weight", {12, 12}},
              {"layers.0.norm.weight", {12}},
              {"final_layer.linear.weight", {6, 12}}},
             {{"original", "x", {}, {}}, diffusers});
    made.add("gemma3",
             {{"layers.0.self_attn.q_proj.weight", {10, 12}}, {"embed_tokens.weight", {30, 12}}},
             {});
    return made;
  }();
  return targets;
}

using test::code_of;

}  // namespace newbie::adapters::testing
