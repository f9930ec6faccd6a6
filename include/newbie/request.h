#pragma once
/// What a picture is made from: every field described once. Flags, help, JSON, PNG metadata and the
/// reference page are derived from describe().

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace newbie {

/// One field of a request. `choices` (from a closed set) or a range may limit it.
struct FieldInfo {
  const char* name;      ///< JSON key and, with dashes, the flag
  const char* sentence;  ///< one line of help
  const char* group;     ///< "prompt", "size", "sampling", "guidance", "image", "model"
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
};

/// A text-to-image, image-to-image or inpainting request. Optional fields left open take the
/// model's own defaults, then the program's.
struct GenerateRequest {
  std::string prompt;
  std::string negative;
  std::string system_prompt = "auto";
  std::string negative_system = "same";
  std::string input_kind = "auto";
  std::string layout = "canonical";
  bool lenient = false;
  int64_t max_tokens = 0;
  std::string weight_mode = "scale";

  std::string isolation = "off";
  double isolation_strength = 1.0;
  std::string isolation_depth = "encoder";
  double isolation_border = 0.05;
  double isolation_release = 0.5;

  std::optional<int64_t> width;   ///< none: the model's own size
  std::optional<int64_t> height;  ///< none: the model's own size

  std::optional<int64_t> steps;
  std::string sampler = "euler";
  std::string schedule = "linear";
  std::optional<double> shift;
  std::vector<double> sigmas;
  double eta = 1.0;
  uint64_t seed = 0;
  int64_t count = 1;
  int64_t batch = 1;
  std::string rng = "newbie";
  uint64_t variation_seed = 0;
  double variation = 0.0;

  std::optional<double> cfg;
  std::optional<double> cfg_trunc;
  std::optional<double> cfg_trunc_steps;
  double renorm = 0.0;
  double rescale = 0.0;

  std::string init;
  double strength = 0.6;
  std::string mask;
  std::string rounding = "nearest";
  double line_enhance = 0.0;

  std::string dtype = "auto";
  std::string vae;
  std::string vae_dtype = "auto";
  int64_t vae_tile = -1;
  double vae_tile_overlap = 0.25;
  std::vector<std::string> lora;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// Names a request may choose from; taken from the tables of the program.
struct RequestChoices {
  std::vector<std::string> samplers;
  std::vector<std::string> schedules;
  std::vector<std::string> system_prompts;
  std::vector<std::string> layouts;
};
const RequestChoices& request_choices();

template <class Visitor>
void GenerateRequest::describe(Visitor&& v) {
  const RequestChoices& names = request_choices();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  v(prompt, FieldInfo{"prompt", "what the picture shows: XML, a tag list, or sentences", "prompt"});
  v(negative,
    FieldInfo{"negative", "what it must not show; empty is the trained unconditional", "prompt"});
  v(system_prompt,
    FieldInfo{"system_prompt",
              "sentence put before the prompt for Gemma: a preset's id, auto (by the kind of "
              "prompt), none, or the text itself",
              "prompt"});
  v(negative_system,
    FieldInfo{"negative_system",
              "system prompt of a non-empty negative: a preset's id, none, or same", "prompt"});
  v(input_kind, FieldInfo{"input_kind",
                          "how the prompt is read",
                          "prompt",
                          -kInf,
                          kInf,
                          {"auto", "xml", "tags", "text", "json"}});
  v(layout, FieldInfo{"layout",
                      "how an XML prompt is written for the encoders; raw sends its bytes as typed",
                      "prompt", -kInf, kInf, names.layouts});
  v(lenient, FieldInfo{"lenient", "generate although the prompt has errors", "prompt"});
  v(max_tokens,
    FieldInfo{"max_tokens", "cut the Gemma text after this many tokens (upstream: 512); 0 = never",
              "prompt", 0, 8192});
  v(weight_mode,
    FieldInfo{"weight_mode",
              "what weights in the prompt do: scale a word's features, the laws mean, empty and "
              "compel of the Newbie nodes, or nothing",
              "prompt",
              -kInf,
              kInf,
              {"scale", "mean", "empty", "compel", "off"}});
  v(isolation,
    FieldInfo{
        "isolation",
        "keep attributes with their character: text = its words do not read another's; region "
        "= and act inside its box or position alone",
        "isolation",
        -kInf,
        kInf,
        {"off", "text", "region"}});
  v(isolation_strength,
    FieldInfo{"isolation_strength", "how much is held back, 0 to 1", "isolation", 0, 1});
  v(isolation_depth,
    FieldInfo{"isolation_depth",
              "where words are kept apart: in the context refiner, in the text encoder too, or in "
              "the joint layers too",
              "isolation",
              -kInf,
              kInf,
              {"refiner", "encoder", "joint"}});
  v(isolation_border,
    FieldInfo{"isolation_border",
              "width of a region's soft border, as a share of the picture's shorter side",
              "isolation", 0, 1});
  v(isolation_release,
    FieldInfo{"isolation_release",
              "model time from which the picture may look anywhere (0 = noise, 1 = picture)",
              "isolation", 0, 1});
  v(width, FieldInfo{"width", "pixels across, a multiple of 16; none = the model's own", "size", 16,
                     8192});
  v(height,
    FieldInfo{"height", "pixels down, a multiple of 16; none = the model's own", "size", 16, 8192});
  v(steps, FieldInfo{"steps", "steps from noise to picture", "sampling", 1, 1000});
  v(sampler,
    FieldInfo{"sampler", "how each step is taken", "sampling", -kInf, kInf, names.samplers});
  v(schedule, FieldInfo{"schedule", "which noise levels the steps visit", "sampling", -kInf, kInf,
                        names.schedules});
  v(shift,
    FieldInfo{"shift", "how much longer high noise levels are visited", "sampling", 0.01, 100});
  v(sigmas,
    FieldInfo{"sigmas", "own noise levels instead of a schedule: descending from at most 1 to 0",
              "sampling"});
  v(eta, FieldInfo{"eta", "noise renewed by ancestral samplers", "sampling", 0, 2});
  v(seed, FieldInfo{"seed", "seed of the first picture; picture i uses seed + i", "sampling"});
  v(count, FieldInfo{"count", "how many pictures", "sampling", 1, 100000});
  v(batch, FieldInfo{"batch", "how many pictures in one forward pass", "sampling", 1, 64});
  v(rng,
    FieldInfo{
        "rng", "noise generator", "sampling", -kInf, kInf, {"newbie", "torch-cpu", "torch-cuda"}});
  v(variation_seed,
    FieldInfo{"variation_seed", "seed of the noise that variation mixes in; picture i uses it + i",
              "sampling"});
  v(variation,
    FieldInfo{"variation",
              "how far the noise of seed is turned towards that of variation_seed; above 0, all "
              "pictures share seed",
              "sampling", 0, 1});
  v(cfg,
    FieldInfo{"cfg",
              "guidance scale: how strongly the prompt is followed; 1 = no guidance, half the time",
              "guidance", 0, 100});
  v(cfg_trunc,
    FieldInfo{"cfg_trunc", "guide only while model time is below this (0 = noise, 1 = picture)",
              "guidance", 0, 1000});
  v(cfg_trunc_steps,
    FieldInfo{"cfg_trunc_steps", "guide only in this first share of the steps", "guidance", 0, 1});
  v(renorm,
    FieldInfo{
        "renorm",
        "keep the guided velocity at most this many times as long as the conditional; 0 = off",
        "guidance", 0, 100});
  v(rescale,
    FieldInfo{"rescale", "share of the contrast taken back from guidance", "guidance", 0, 1});
  v(init, FieldInfo{"init", "start from this PNG instead of noise", "image"});
  v(strength,
    FieldInfo{"strength", "how much of the start picture is given up, 0 to 1", "image", 0, 1});
  v(mask,
    FieldInfo{"mask", "PNG whose white parts are painted anew and black parts kept; needs init",
              "image"});
  v(rounding,
    FieldInfo{"rounding",
              "how colours become 8 bits: nearest (diffusers) or truncate (upstream demo)",
              "image",
              -kInf,
              kInf,
              {"nearest", "truncate"}});
  v(line_enhance, FieldInfo{"line_enhance", "how much crisper lines become after decoding, 0 to 1",
                            "image", 0, 1});
  v(dtype,
    FieldInfo{"dtype",
              "type of weights and activations; auto = bf16 where the processor multiplies it, "
              "fp8 = products of 8 bits on NVIDIA devices",
              "model",
              -kInf,
              kInf,
              {"auto", "f32", "bf16", "f16", "fp8"}});
  v(vae, FieldInfo{"vae",
                   "another VAE: a folder or a safetensors file, or the name of one in the model's "
                   "folder",
                   "model"});
  v(vae_dtype,
    FieldInfo{"vae_dtype",
              "type of the VAE's weights and activations; auto = bf16 on NVIDIA devices, "
              "f32 on processors",
              "model",
              -kInf,
              kInf,
              {"auto", "f32", "bf16"}});
  v(vae_tile,
    FieldInfo{
        "vae_tile",
        "decode in tiles of this many pixels, 32 at least; 0 = never, -1 = when memory is short",
        "model", -1, 8192});
  v(vae_tile_overlap,
    FieldInfo{"vae_tile_overlap", "share of a tile that it has in common with its neighbour",
              "model", 0, 0.75});
  v(lora, FieldInfo{"lora",
                    "adapter to draw with: a LoRA, LoKr or DoRA file or folder, and its strength "
                    "(PATH:0.8); may be given several times",
                    "model"});
}

}  // namespace newbie
