#pragma once
/// Telling apart files that are no safetensors, so that the error can say what to do.

#include <filesystem>
#include <optional>
#include <span>

#include "base/error.h"

namespace newbie::io {

/// The error for a file whose first bytes are those of another format: pickle (never executed),
/// GGUF, a git-lfs pointer, a web page, an archive. Nothing when the bytes say nothing.
/// Codes: `weights.pickle`, `weights.not_safetensors`.
std::optional<Error> recognise_foreign_format(std::span<const std::byte> bytes,
                                              const std::filesystem::path& path);

}  // namespace newbie::io
