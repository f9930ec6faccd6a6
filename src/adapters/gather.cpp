#include "adapters/gather.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/element_cast.h"

namespace newbie::adapters {
namespace {

const Device& host() {
  static const Device device = Device::cpu();
  return device;
}

/// Shape without the trailing ones of a 1x1 convolution.
Shape as_matrix(const Shape& shape) {
  int rank = shape.rank();
  while (rank > 2 && shape[rank - 1] == 1) --rank;
  return Shape(shape.sizes().first(static_cast<size_t>(rank)));
}

std::vector<float> values_of(const io::SafetensorsFile& file, const io::TensorEntry& entry) {
  std::vector<float> values(static_cast<size_t>(entry.shape.numel()));
  io::to_f32(entry.dtype, file.bytes(entry).data(), values);
  return values;
}

Tensor finite_tensor(const io::SafetensorsFile& file, const io::TensorEntry& entry) {
  if (!is_floating(entry.dtype)) {
    throw Error("adapter.unsupported", fmt::format("{} is {}, expected a floating type", entry.name,
                                                   name_of(entry.dtype)));
  }
  const std::vector<float> values = values_of(file, entry);
  const auto bad = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    throw Error("adapter.not_finite",
                fmt::format("{} holds {} at element {}", entry.name, *bad, bad - values.begin()))
        .hint("the file is broken, or its training diverged: use an earlier one");
  }
  const Tensor tensor = entry.dtype == DType::f64 ? Tensor::from(values, entry.shape, host())
                                                  : file.tensor(entry, host());
  return tensor.view(as_matrix(entry.shape));
}

/// Checks the shapes of one module; an empty text when they fit.
class ShapeCheck {
 public:
  explicit ShapeCheck(Module& module) : module_(module) {}

  std::string operator()(Shape expected) {
    weight_ = std::move(expected);
    switch (module_.kind) {
      case Kind::lora:
        return lora();
      case Kind::lokr:
        return lokr();
      case Kind::loha:
        return loha();
      case Kind::full:
        break;
    }
    return full();
  }

 private:
  bool is_matrix(Factor factor) const { return module_[factor].rank() == 2; }

  /// left [m,R] right [R,n] -> [m,n]
  std::string product(Factor left, Factor right, std::array<int64_t, 2>& out) {
    if (!is_matrix(left) || !is_matrix(right)) return "a factor is no matrix";
    const Tensor &l = module_[left], &r = module_[right];
    if (l.dim(1) != r.dim(0)) {
      return fmt::format("the factors are {} and {}, which do not multiply", l.shape().str(),
                         r.shape().str());
    }
    if (l.dim(1) == 0) return "its rank is 0";
    module_.rank = l.dim(1);
    out = {l.dim(0), r.dim(1)};
    return "";
  }
  std::string whole(Factor factor, Factor a, Factor b, std::array<int64_t, 2>& out) {
    if (!module_.has(factor)) return product(a, b, out);
    if (!is_matrix(factor)) return "a factor is no matrix";
    out = {module_[factor].dim(0), module_[factor].dim(1)};
    return "";
  }
  /// No layer is larger: what a few bytes can claim must not decide how much is allocated.
  static constexpr int64_t kMostElements = int64_t{1} << 28;

  static bool sensible(int64_t a, int64_t b) {
    return a >= 0 && b >= 0 && a <= kMostElements && b <= kMostElements && a * b <= kMostElements;
  }
  std::string fits(int64_t out, int64_t in) {
    if (!sensible(out, in)) return fmt::format("it changes a weight of {} x {}", out, in);
    const Shape made{out, in};
    if (out == 0 || in == 0) return fmt::format("it changes a weight of {}", made.str());
    module_.weight = made;
    return accept(made);
  }
  std::string accept(const Shape& made) const {
    if (weight_.rank() == 0 || made == weight_) return "";
    return fmt::format("it changes a weight of {}, the model's is {}", made.str(), weight_.str());
  }

  std::string lora() {
    std::array<int64_t, 2> sizes{};
    const std::string problem = product(Factor::up, Factor::down, sizes);
    return problem.empty() ? fits(sizes[0], sizes[1]) : problem;
  }
  std::string lokr() {
    std::array<int64_t, 2> first{}, second{};
    std::string problem = whole(Factor::w1, Factor::w1_a, Factor::w1_b, first);
    if (problem.empty()) problem = whole(Factor::w2, Factor::w2_a, Factor::w2_b, second);
    if (!problem.empty()) return problem;
    if (!sensible(first[0], second[0]) || !sensible(first[1], second[1])) {
      return "its factors stand for more than any layer has";
    }
    return fits(first[0] * second[0], first[1] * second[1]);
  }
  std::string loha() {
    std::array<int64_t, 2> first{}, second{};
    std::string problem = product(Factor::w1_a, Factor::w1_b, first);
    if (problem.empty()) problem = product(Factor::w2_a, Factor::w2_b, second);
    if (problem.empty() && first != second) problem = "its two products differ in shape";
    return problem.empty() ? fits(first[0], first[1]) : problem;
  }
  std::string full() {
    if (!module_.has(Factor::diff)) {
      module_.weight = weight_;
      return weight_.rank() == 0 ? "it holds a bias only" : "";
    }
    module_.weight = module_[Factor::diff].shape();
    return accept(module_.weight);
  }

  Module& module_;
  Shape weight_;
};

std::string side_problem(const Module& module) {
  const int64_t out = module.weight[0];
  if (module.has(Factor::magnitude)) {
    const Shape& shape = module[Factor::magnitude].shape();
    const bool rows = shape == Shape{out} || shape == Shape{out, 1};
    const bool columns = module.weight.rank() == 2 && shape == Shape{1, module.weight[1]};
    if (!rows && !columns) {
      return fmt::format("its magnitude is {} for a weight of {}", shape.str(),
                         module.weight.str());
    }
  }
  if (module.has(Factor::bias) && module[Factor::bias].numel() != out) {
    return fmt::format("its bias is {} for a weight of {}", module[Factor::bias].shape().str(),
                       module.weight.str());
  }
  return "";
}

/// The names of what is missing; empty when the module is complete.
std::string missing_factor(const Module& module) {
  const auto needs = [&](Factor factor) { return module.has(factor); };
  const auto either = [&](Factor whole, Factor a, Factor b) {
    return module.has(whole) || (module.has(a) && module.has(b));
  };
  switch (module.kind) {
    case Kind::lora:
      if (!needs(Factor::down)) return "lora_A (or lora_down)";
      return needs(Factor::up) ? "" : "lora_B (or lora_up)";
    case Kind::lokr:
      if (!either(Factor::w1, Factor::w1_a, Factor::w1_b)) return "lokr_w1";
      return either(Factor::w2, Factor::w2_a, Factor::w2_b) ? "" : "lokr_w2";
    case Kind::loha:
      if (!needs(Factor::w1_a) || !needs(Factor::w1_b)) return "hada_w1_a and hada_w1_b";
      return needs(Factor::w2_a) && needs(Factor::w2_b) ? "" : "hada_w2_a and hada_w2_b";
    case Kind::full:
      break;
  }
  return needs(Factor::diff) || needs(Factor::bias) ? "" : "diff";
}

}  // namespace

void Gathered::add(const Key& key, const io::TensorEntry& entry) {
  const io::TensorEntry*& slot =
      key.alpha ? alpha : entries[static_cast<size_t>(key.factor.value_or(Factor::diff))];
  if (slot) {
    throw Error("adapter.duplicate",
                fmt::format("{} and {} are the same part of one module", slot->name, entry.name))
        .hint("the file mixes names of several dialects for the same module: remove one of them");
  }
  slot = &entry;
  if (key.factor == Factor::bias && key.kind == Kind::lora) bias_is_scaled = true;
  if (key.any_kind || key.alpha) return;
  if (kind && *kind != key.kind) {
    throw Error("adapter.mixed_kinds", fmt::format("{} belongs to a {}, {} to a {}", kind_from,
                                                   name_of(*kind), entry.name, name_of(key.kind)))
        .hint("one module can be changed in one way only");
  }
  kind = key.kind;
  kind_from = entry.name;
}

std::optional<Part> make_part(const Gathered& gathered, const io::SafetensorsFile& file,
                              const Scaling& scaling, bool& alpha_is_known,
                              std::vector<std::string>& problems) {
  Part part;
  Module& module = part.module;
  module.kind = gathered.kind.value_or(Kind::full);
  module.path = gathered.found ? gathered.found->target->path : without_prefixes(gathered.stem);
  if (gathered.found) module.network = gathered.found->target->network;
  for (size_t i = 0; i < kFactors; ++i) {
    if (gathered.entries[i]) module.factors[i] = finite_tensor(file, *gathered.entries[i]);
  }
  const std::string missing = missing_factor(module);
  if (!missing.empty()) {
    throw Error("adapter.incomplete", fmt::format("{} has no {}", gathered.stem, missing))
        .hint("the file is cut short, or another tool removed a part of it");
  }
  Shape expected;
  if (gathered.found) {
    part.row_begin = gathered.found->row_begin;
    part.row_end = gathered.found->row_end;
    expected = gathered.found->target->weight.with(0, part.row_end - part.row_begin);
  }
  std::string problem = ShapeCheck(module)(expected);
  if (problem.empty()) problem = side_problem(module);
  if (!problem.empty()) {
    problems.push_back(fmt::format("{}: {}", gathered.stem, problem));
    return std::nullopt;
  }
  if (!gathered.found) part.row_end = module.weight[0];

  std::optional<double> alpha;
  if (gathered.alpha) {
    if (gathered.alpha->shape.numel() != 1) {
      problems.push_back(fmt::format("{} is {}, expected one number", gathered.alpha->name,
                                     gathered.alpha->shape.str()));
      return std::nullopt;
    }
    alpha = double{values_of(file, *gathered.alpha).front()};
    if (!std::isfinite(*alpha)) {
      throw Error("adapter.not_finite", fmt::format("{} is {}", gathered.alpha->name, *alpha));
    }
  }
  // Full factors mean what they say, whatever alpha was stored beside them.
  if (!scaling.apply(module, module.path, alpha)) alpha_is_known = false;
  if (gathered.bias_is_scaled && module.scale != 1) {
    std::vector<float> bias = module[Factor::bias].to_floats();
    for (float& value : bias) value *= static_cast<float>(module.scale);
    module[Factor::bias] = Tensor::from(bias, module[Factor::bias].shape(), host());
  }
  return part;
}

}  // namespace newbie::adapters
