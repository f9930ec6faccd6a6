#include "prompt/system_prompt.h"

#include <array>

#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

// Exact bytes: a blank more or less is another token sequence.
#define NEWBIE_PROMPT_SUPERIOR                                                             \
  "You are an assistant designed to generate superior images with the superior degree of " \
  "image-text alignment based on textual prompts or user prompts."

constexpr std::array kPresets{
    SystemPrompt{"train-xml",
                 "You are an assistant designed to generate high-quality anime images based on xml "
                 "format prompts. <Prompt Start> ",
                 "training, XML captions"},
    SystemPrompt{
        "train-text",
        "You are an assistant designed to generate high-quality anime images with the highest "
        "degree of image-text alignment based on textual prompts. <Prompt Start> ",
        "training, plain captions"},
    SystemPrompt{
        "train-lora",
        "You are an assistant designed to generate high-quality anime images with the highest "
        "degree of image-text alignment based on textual prompts. <Prompt Start>",
        "LoRA trainer: train-text without the blank at its end"},
    SystemPrompt{
        "comfy-xml",
        "You are an assistant designed to generate high-quality anime images with the highest "
        "degree of image-text alignment based on xml format textual prompts. <Prompt Start>\n",
        "ComfyUI template"},
    SystemPrompt{
        "demo-user",
        "You are an assistant designed to generate high-quality images based on user prompts.",
        "official demo, its default"},
    SystemPrompt{
        "demo-alignment",
        "You are an assistant designed to generate high-quality images with the highest degree "
        "of image-text alignment based on textual prompts.",
        "official demo"},
    SystemPrompt{"demo-superior", NEWBIE_PROMPT_SUPERIOR, "official demo"},
    SystemPrompt{"lumina-superior", NEWBIE_PROMPT_SUPERIOR " <Prompt Start> ",
                 "diffusers, Lumina 2"},
    SystemPrompt{
        "neg-low",
        "You are an assistant designed to generate low-quality images based on textual prompts. "
        "<Prompt Start>",
        "ComfyUI template, negative"},
    SystemPrompt{"none", "", "caption alone"},
};
#undef NEWBIE_PROMPT_SUPERIOR

std::string_view sentence(std::string_view text) {
  text = trim(text);
  if (text.ends_with(kPromptStart)) text.remove_suffix(kPromptStart.size());
  return trim(text);
}

}  // namespace

std::span<const SystemPrompt> system_prompts() { return kPresets; }

const SystemPrompt* find_system_prompt(std::string_view id) {
  for (const SystemPrompt& preset : kPresets) {
    if (preset.id == id) return &preset;
  }
  return nullptr;
}

const SystemPrompt* recognise_system_prompt(std::string_view text) {
  for (const SystemPrompt& preset : kPresets) {
    if (!preset.text.empty() && sentence(preset.text) == sentence(text)) return &preset;
  }
  return nullptr;
}

}  // namespace newbie::prompt
