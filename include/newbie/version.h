#pragma once
/// Version of the library and what it was built with.

#include <string>

namespace newbie {

/// "0.1.0"
std::string version();

}  // namespace newbie
