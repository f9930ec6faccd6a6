#pragma once
/// Tensor names: what a network expects, and how a published layout spells it. Each network's
/// names.cpp holds its tables; reading and writing walk the same rules in opposite directions.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tensor/shape.h"

namespace newbie::io {

/// One tensor that a network takes, under our name.
struct TensorSpec {
  std::string name;
  Shape shape;
  bool required = true;
};

/// A pattern over tensor names. Text stands for itself; `{i}` (any letter but w, p) is a number,
/// `{3-i}` the number counted from the other end, `{w}` and `{p}` one path part without dots, `{*}`
/// anything, at least one character.
class NamePattern {
 public:
  using Captures = std::map<char, std::string>;

  NamePattern(std::string_view text);  // NOLINT: tables are written as plain strings
  NamePattern(const char* text) : NamePattern(std::string_view(text)) {}
  NamePattern(const std::string& text) : NamePattern(std::string_view(text)) {}

  std::optional<Captures> match(std::string_view name) const;
  /// The name that the captures of another pattern with the same letters stand for.
  std::string fill(const Captures& captures) const;
  const std::string& text() const { return text_; }

 private:
  struct Piece {
    enum class Kind { literal, number, mirrored, word, rest } kind;
    std::string literal;
    char letter = 0;
    int64_t from = 0;  ///< mirrored: the number is from - capture
  };
  bool match_from(std::string_view name, size_t piece, Captures& captures) const;

  std::string text_;
  std::vector<Piece> pieces_;
};

/// Same tensor, other name; `trailing_ones` further axes of size 1 in their shape.
struct Rename {
  NamePattern ours;
  NamePattern theirs;
  int trailing_ones = 0;
};

/// Our tensor is theirs put one below the other (first axis), `rows` of each.
struct Concat {
  NamePattern ours;
  std::vector<NamePattern> theirs;
  std::vector<int64_t> rows;
};

/// Our tensor is `original` + scaling * product of the two low-rank factors, summed in f32. Read
/// only: we write the merged tensor.
struct LowRank {
  enum class Product { b_times_a, a_times_b };
  NamePattern ours;
  NamePattern original;
  NamePattern lora_a;
  NamePattern lora_b;
  double scaling = 1;
  Product product = Product::b_times_a;
};

/// A module whose name in this layout is not known to us: `weight` (and `bias`, exactly when
/// `bias`) of the only unnamed module with this weight shape. Read only. The choice is reported.
struct ByShape {
  std::string ours;
  Shape weight;
  bool bias = true;
};

using NameRule = std::variant<Rename, Concat, LowRank, ByShape>;

/// One published layout of one network. The first rule that matches a name decides; a name that
/// matches none is ours already.
struct NamesTable {
  std::string layout;                ///< "original", "diffusers", "bfl"
  std::string anchor;                ///< their name of a tensor that every such file holds
  std::vector<NameRule> rules;       ///< empty when the layout uses our names
  std::vector<NamePattern> ignored;  ///< tensors of other networks and of training
};

/// Where one of our tensors goes in a layout: rows [begin, end) of it, under their name and shape.
struct PlacedTensor {
  std::string name;
  Shape shape;
  int64_t row_begin = 0;
  int64_t row_end = 0;
};

/// Our tensor as `table` spells it; several when the layout splits it.
/// Errors: `weights.shape_mismatch` when the rows of a split do not add up.
std::vector<PlacedTensor> place(const TensorSpec& ours, const NamesTable& table);

}  // namespace newbie::io
