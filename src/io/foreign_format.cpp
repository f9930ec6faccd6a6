#include "io/foreign_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace newbie::io {
namespace {

struct Signature {
  std::string_view start;
  std::string_view what;
  std::string_view hint;
};

constexpr std::string_view kLfsHint =
    "the repository was cloned without its large files: run `git lfs pull` in it, or download this "
    "file alone";
constexpr std::string_view kPageHint =
    "a download saved the server's page instead of the file (often a login or an error page): "
    "download it again";

constexpr std::array<Signature, 7> kSignatures{{
    {"version https://git-lfs", "a git-lfs pointer", kLfsHint},
    {"<!DOCTYPE", "a web page", kPageHint},
    {"<!doctype", "a web page", kPageHint},
    {"<html", "a web page", kPageHint},
    {"GGUF", "a GGUF file", "use the safetensors files of the model; GGUF cannot be read yet"},
    {"\x1f\x8b", "a gzip archive", "unpack it first"},
    {"\x93NUMPY", "a NumPy array", "use the safetensors files of the model"},
}};

/// Protocol 2 to 5: PROTO opcode and version. A header length starting so would be under 100 MB,
/// hence the third byte: what PyTorch's own pickles go on with (a long int, or a frame).
bool is_bare_pickle(std::string_view text) {
  return text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5 &&
         std::string_view("\x8a\x95}(cX").find(text[2]) != std::string_view::npos;
}

/// PyTorch's zip: an archive whose first member is named .../data.pkl.
bool is_zipped_pickle(std::string_view text) {
  return text.starts_with("PK\x03\x04") &&
         text.substr(0, 256).find("data.pkl") != std::string_view::npos;
}

}  // namespace

std::optional<Error> recognise_foreign_format(std::span<const std::byte> bytes,
                                              const std::filesystem::path& path) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<size_t>(bytes.size(), 512));
  const auto refusal = [&](std::string_view what, std::string_view hint) {
    return Error("weights.not_safetensors",
                 fmt::format("{} is {}, expected safetensors", path.string(), what))
        .hint(std::string(hint));
  };
  if (is_bare_pickle(text) || is_zipped_pickle(text)) {
    return Error("weights.pickle",
                 fmt::format("{} is a pickle file: loading one runs the program inside it, so it "
                             "is never loaded here",
                             path.string()))
        .hint(
            "use the safetensors file of the same model, or convert this one in a throw-away "
            "environment with PyTorch: safetensors.torch.save_file(torch.load(FILE, "
            "weights_only=True), \"model.safetensors\")");
  }
  for (const Signature& signature : kSignatures) {
    if (text.starts_with(signature.start)) return refusal(signature.what, signature.hint);
  }
  if (text.starts_with("PK\x03\x04")) return refusal("a zip archive", "unpack it first");
  return std::nullopt;
}

}  // namespace newbie::io
