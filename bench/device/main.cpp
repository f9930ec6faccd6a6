/// bench_device [agree] [profile] [steps]: all of them without a word.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "questions.h"

int main(int argc, char** argv) {
  using namespace newbie;
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto asked = [&](std::string_view word) {
    return words.empty() || std::ranges::find(words, word) != words.end();
  };
  try {
    const Device device = Device::cuda();
    if (asked("agree")) bench::check_agreement(device);
    if (asked("profile")) bench::profile_block(device);
    if (asked("steps")) bench::time_steps(device);
  } catch (const Error& error) {
    fmt::print(stderr, "{}: {}\n", error.code(), error.what());
    return 1;
  }
}
