#pragma once
/// Keeping an attribute with its character: who may attend to whom. ADR 0221 says why it is this.

#include <vector>

#include "models/next_dit/model.h"
#include "prompt/compile.h"

namespace newbie::pipeline {

/// How deep the words of one character are kept from another's.
enum class IsolationDepth {
  refiner,  ///< in the context refiner
  encoder,  ///< and in the text encoder
  joint,    ///< and in the joint layers
};

/// Where one character's words may reach the picture.
struct Place {
  int32_t character = 0;
  prompt::Box box;  ///< in thousandths of the picture
};

/// An attention policy made from the spans of a prompt. As made by default it does nothing, and
/// then no code of it runs.
struct Isolation {
  double strength = 0;  ///< 0 nothing, 1 all
  IsolationDepth depth = IsolationDepth::encoder;
  std::vector<int32_t> characters;  ///< per caption token, see token_characters
  std::vector<Place> places;  ///< image tokens outside are held back from the character's words
  double border = 0;          ///< width of the way from inside to outside, in shorter sides
  double release = 1;         ///< model time from which nothing is held back: 0 noise, 1 picture

  bool active() const { return strength > 0 && !characters.empty(); }
  double in_encoder() const { return depth >= IsolationDepth::encoder ? strength : 0; }
  /// Whether joint layers are told anything at this time.
  bool holds(double time) const {
    return active() && time < release && (!places.empty() || depth == IsolationDepth::joint);
  }
};

/// A caption after the context refiner, its characters read apart.
next_dit::RefinedCaption refine_isolated(const next_dit::NextDiT& transformer,
                                         const Tensor& caption, const Isolation& isolation);

/// How far outside its place a point is for a character: 0 inside, 1 beyond the border. x, y and
/// the box in units of the picture's shorter side.
double outside(const prompt::Box& box, double x, double y, double border);

/// Added to the scores of all joint tokens for the caption tokens: log(1 - strength * how much is
/// held back). Shapes: [T + rows * columns, T] f32.
Tensor joint_bias(const Isolation& isolation, int64_t rows, int64_t columns, const Device& device);

}  // namespace newbie::pipeline
