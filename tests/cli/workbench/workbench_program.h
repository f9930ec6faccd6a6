#pragma once
/// The program on small, quick pictures of the tiny model, in a folder of its own.

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "image/png.h"
#include "support/golden_folder.h"
#include "support/program.h"

namespace newbie::test {

class WorkbenchTest : public ::testing::Test {
 protected:
  using Strings = std::vector<std::string>;

  std::filesystem::path at(const std::string& name) const { return folder_.path() / name; }
  std::string path(const std::string& name) const { return at(name).string(); }
  std::string model() const { return golden_model_folder().string(); }

  /// Runs a command quietly; `{}` in an argument is the test's folder.
  ProgramResult run(Strings arguments, const std::string& input = "") const {
    for (std::string& argument : arguments) {
      const size_t place = argument.find("{}");
      if (place != std::string::npos) argument.replace(place, 2, folder_.path().string());
    }
    arguments.insert(arguments.begin(), NEWBIE_PROGRAM);
    return run_program(arguments, input);
  }

  /// A line for a shell that stands in the test's folder; `newbie` is the program.
  ProgramResult shell(const std::string& script) const {
    return run_program({"bash", "-c",
                        "cd '" + folder_.path().string() + "'; export NEWBIE_MODEL='" + model() +
                            "'; newbie() { " + NEWBIE_PROGRAM + " \"$@\"; }; " + script});
  }

  void put(const std::string& name, const std::string& text) const { write_file(at(name), text); }

  /// A recipe that takes a fraction of a second.
  void put_recipe(const std::string& name, const std::string& more = "") const {
    put(name,
        "prompt = \"1girl, solo, blue_hair\"\nwidth = 64\nheight = 48\nsteps = 2\nseed = 7\n" +
            more);
  }

  Json json_file(const std::string& name) const {
    return parse_json(read_file(at(name)), name).value();
  }
  Json recipe_in(const std::string& name) const {
    return parse_json(image::read_png_metadata(at(name)).at("newbie"), name).value();
  }

  /// The model with files of its own, so that a test may change them.
  std::string copied_model(const std::string& name) const {
    std::filesystem::copy(model(), at(name), std::filesystem::copy_options::recursive);
    return path(name);
  }

  TemporaryFolder folder_;
};

/// Flips a bit in the middle of a file's last tensor.
inline void damage(const std::filesystem::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 0x08);
  write_file(file, bytes);
}

}  // namespace newbie::test
