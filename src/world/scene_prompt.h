#pragma once
/// Scenes as prompts of the prompt language, and prompts as scenes.

#include <string>
#include <vector>

#include "prompt/prompt.h"
#include "world/scene.h"

namespace newbie::world {

/// What a tag list or an element says about a clothing and its colour: "red_dress".
std::string clothing_tag(const Character& who);

/// The tags of a character that belong into an element ("appearance"), in the order of the tables.
/// Eye colours behind closed lids are not mentioned.
std::vector<std::string> character_tags(const Character& who, std::string_view element);
/// The tags of the picture that belong into an element ("environment").
std::vector<std::string> scene_tags(const Scene& scene, std::string_view element);
/// "2girls", "1boy": how many of whom.
std::vector<std::string> count_tags(const Scene& scene);

/// Everything that can be seen, as a canonical prompt; characters are numbered from left to right.
prompt::Prompt to_prompt(const Scene& scene);
/// The same as text, in the layout that text encoders read.
std::string to_xml(const Scene& scene);

/// A scene that was read from a prompt.
struct ReadScene {
  Scene scene;
  std::vector<size_t> blocks;        ///< of each character, left to right: its block in the prompt
  std::vector<std::string> unknown;  ///< what the world cannot draw: "character_1: sword"
  std::vector<std::string>
      assumed;  ///< what the prompt left open: "character_1: hair_color is blue_hair"
};

/// Reads a prompt of any kind (tag lists are structured first, Chinese words translated). What a
/// prompt leaves open is plain (standing, full_body, white_background ...) or, of a person, chosen
/// by `seed`. Errors: `world.no_characters`.
ReadScene read_scene(const std::string& source, uint64_t seed);

}  // namespace newbie::world
