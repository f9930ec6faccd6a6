#pragma once
/// Adapters as values: what a file changes in which modules, whatever dialect it was written in.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::adapters {

/// How a change of a weight is written down.
enum class Kind : uint8_t {
  lora,  ///< up down
  lokr,  ///< kron(w1, w2); either may itself be a product of two factors
  loha,  ///< (w1_a w1_b) * (w2_a w2_b), element by element
  full,  ///< diff
};
/// "LoRA", "LoKr", "LoHa", "full".
std::string_view name_of(Kind kind);

/// The tensors that a module may have.
enum class Factor : uint8_t {
  down,       ///< [R,in]
  up,         ///< [out,R]
  w1,         ///< lokr [a,b], with w2 [c,d]: out = ac, in = bd
  w1_a,       ///< lokr [a,R]; loha [out,R]
  w1_b,       ///< lokr [R,b]; loha [R,in]
  w2,         ///< lokr [c,d]
  w2_a,       ///< lokr [c,R]; loha [out,R]
  w2_b,       ///< lokr [R,d]; loha [R,in]
  diff,       ///< like the weight
  magnitude,  ///< DoRA: the length of every row [out], or of every column [1,in]
  bias,       ///< [out], added to the bias
};
inline constexpr size_t kFactors = 11;

/// The change of one weight: scale * what `kind` says, of the shape of the weight. With a magnitude
/// m (DoRA) the changed weight is m * (W + change) / |W + change|, row by row or column by column.
struct Module {
  std::string network;  ///< "next_dit"; empty when no model was asked
  std::string path;     ///< of the module: "layers.0.attention.qkv"
  Kind kind = Kind::lora;
  Shape weight;  ///< [out,in]; of norms [D]
  std::array<Tensor, kFactors> factors;
  int64_t rank = 0;  ///< 0: nothing in it has low rank
  double alpha = 0;  ///< scale = alpha / rank; 0: the scale is 1 by definition
  double scale = 1;
  std::string scale_from;  ///< where alpha was found, for reports

  const Tensor& operator[](Factor factor) const { return factors[static_cast<size_t>(factor)]; }
  Tensor& operator[](Factor factor) { return factors[static_cast<size_t>(factor)]; }
  bool has(Factor factor) const { return (*this)[factor].defined(); }
  /// Number of values in all its tensors.
  int64_t parameters() const;
};

/// What one file, or one run of training, holds.
struct Adapter {
  std::filesystem::path source;       ///< the file
  std::vector<std::string> dialects;  ///< whose names it uses; more than one when mixed
  std::map<std::string, std::string> metadata;
  std::vector<Module> modules;            ///< sorted by network and path
  std::vector<std::string> unmatched;     ///< modules of the file that the model does not have
  std::vector<std::string> unknown_keys;  ///< tensors that belong to no adapter
  std::vector<std::string> notes;         ///< choices that a user should know of

  int64_t parameters() const;
  const Module* find(std::string_view network, std::string_view path) const;
};

/// An adapter in use.
struct Applied {
  std::shared_ptr<const Adapter> adapter;
  double strength = 1;
};
using AdapterSet = std::vector<Applied>;

/// "PATH" or "PATH:STRENGTH". Error: `adapter.strength` for one that is not between -100 and 100.
struct AdapterRequest {
  std::filesystem::path path;
  double strength = 1;
};
AdapterRequest parse_request(const std::string& text);

}  // namespace newbie::adapters
