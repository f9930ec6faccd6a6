#pragma once
/// The pictures with the most mistakes, for looking at.

#include <cstdint>
#include <string>
#include <vector>

#include "eval/binding.h"

namespace newbie::eval {

/// One thing that is not as it was asked.
struct Mistake {
  size_t character = 0;  ///< from the left, counted from 0
  world::Trait trait{};
  std::string asked;
  std::string seen;  ///< "nobody" where no character was found
};

std::vector<Mistake> mistakes_of(const JudgedPicture& picture);

/// Numbers of the pictures with mistakes, the worst first and at most `most`.
std::vector<size_t> worst_of(const std::vector<JudgedPicture>& pictures, size_t most);

/// "1: green_hair for blue_hair; 2: nobody for smile".
std::string to_text(const std::vector<Mistake>& mistakes);

}  // namespace newbie::eval
