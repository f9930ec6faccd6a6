#pragma once
/// The last part of a stored name: which tensor of which module it is, in all dialects.

#include <optional>
#include <string>
#include <string_view>

#include "adapters/adapter.h"

namespace newbie::adapters {

/// A stored name, taken apart.
struct Key {
  std::string stem;  ///< the module as the file calls it
  std::optional<Factor> factor;
  bool alpha = false;        ///< instead of a factor
  bool unsupported = false;  ///< of a method or layer that we do not have
  Kind kind =
      Kind::lora;  ///< which kind such a tensor belongs to; magnitude, bias and alpha fit any
  bool any_kind = false;
};

/// Nothing when the name belongs to no adapter.
std::optional<Key> read_key(std::string_view stored);

/// Whose habit a name follows: "PEFT", "ComfyUI", "kohya", "LyCORIS", "diffusers", "bare".
std::string dialect_of(std::string_view stored);

}  // namespace newbie::adapters
