#include "adapters/keys.h"

#include <algorithm>
#include <array>
#include <vector>

namespace newbie::adapters {
namespace {

enum class Role : uint8_t { factor, alpha, unsupported };

/// A path part that begins the end of a name.
struct Ending {
  std::string_view part;
  Role role;
  Factor factor;
  Kind kind;
  bool any_kind;
};

constexpr Ending lora(std::string_view part, Factor factor) {
  return {part, Role::factor, factor, Kind::lora, false};
}
constexpr Ending lokr(std::string_view part, Factor factor) {
  return {part, Role::factor, factor, Kind::lokr, false};
}
constexpr Ending loha(std::string_view part, Factor factor) {
  return {part, Role::factor, factor, Kind::loha, false};
}
constexpr Ending full(std::string_view part, Factor factor, bool any_kind) {
  return {part, Role::factor, factor, Kind::full, any_kind};
}
constexpr Ending unsupported(std::string_view part) {
  return {part, Role::unsupported, Factor::diff, Kind::full, true};
}

constexpr std::array kEndings{
    lora("lora_A", Factor::down),
    lora("lora_B", Factor::up),
    lora("lora_down", Factor::down),
    lora("lora_up", Factor::up),
    lokr("lokr_w1", Factor::w1),
    lokr("lokr_w1_a", Factor::w1_a),
    lokr("lokr_w1_b", Factor::w1_b),
    lokr("lokr_w2", Factor::w2),
    lokr("lokr_w2_a", Factor::w2_a),
    lokr("lokr_w2_b", Factor::w2_b),
    loha("hada_w1_a", Factor::w1_a),
    loha("hada_w1_b", Factor::w1_b),
    loha("hada_w2_a", Factor::w2_a),
    loha("hada_w2_b", Factor::w2_b),
    full("diff", Factor::diff, false),
    full("w_norm", Factor::diff, false),
    full("diff_b", Factor::bias, true),
    full("b_norm", Factor::bias, true),
    full("dora_scale", Factor::magnitude, true),
    full("lora_magnitude_vector", Factor::magnitude, true),
    Ending{"alpha", Role::alpha, Factor::diff, Kind::full, true},
    // Factors of convolutions, and methods that change weights in other ways.
    unsupported("lora_mid"),
    unsupported("lokr_t2"),
    unsupported("hada_t1"),
    unsupported("hada_t2"),
    unsupported("oft_blocks"),
    unsupported("oft_diag"),
    unsupported("oft_R"),
    unsupported("boft_R"),
    unsupported("ia3_l"),
    unsupported("lora_embedding_A"),
    unsupported("lora_embedding_B"),
};

/// What may follow the ending: nothing, "weight", or an adapter's name with or without it.
bool is_rest(std::string_view rest) {
  if (rest.empty()) return true;
  return std::ranges::count(rest, '.') <= 1 &&
         (rest.find('.') == std::string_view::npos || rest.ends_with(".weight"));
}

}  // namespace

std::optional<Key> read_key(std::string_view stored) {
  for (size_t begin = 0; begin < stored.size();) {
    const size_t dot = std::min(stored.find('.', begin), stored.size());
    const std::string_view part = stored.substr(begin, dot - begin);
    const std::string_view rest = dot < stored.size() ? stored.substr(dot + 1) : std::string_view();
    const auto ending = std::ranges::find(kEndings, part, &Ending::part);
    if (ending != kEndings.end() && begin > 0) {
      Key key;
      key.stem = stored.substr(0, begin - 1);
      key.kind = ending->kind;
      key.any_kind = ending->any_kind;
      key.alpha = ending->role == Role::alpha;
      key.unsupported = ending->role == Role::unsupported;
      if (ending->role == Role::factor) key.factor = ending->factor;
      // PEFT's lora_bias adds one after the product.
      if (key.factor == Factor::up && (rest == "bias" || rest.ends_with(".bias"))) {
        key.factor = Factor::bias;
        key.any_kind = true;
        return key;
      }
      return is_rest(rest) ? std::optional(key) : std::nullopt;
    }
    begin = dot + 1;
  }
  return std::nullopt;
}

std::string dialect_of(std::string_view stored) {
  const auto starts = [&](std::string_view prefix) { return stored.starts_with(prefix); };
  if (starts("base_model.") || starts("unet.base_model.")) return "PEFT";
  if (starts("diffusion_model.") || starts("model.diffusion_model.") || starts("text_encoders.")) {
    return "ComfyUI";
  }
  if (starts("lycoris_")) return "LyCORIS";
  if (starts("lora_")) return "kohya";
  if (starts("transformer.") || starts("text_encoder")) return "diffusers";
  return "bare";
}

}  // namespace newbie::adapters
