/// bench_device [agree] [profile] [steps] [pairs]: the first three without a word.
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
    const bool by_default = words.empty() && word != "pairs";
    return by_default || std::ranges::find(words, word) != words.end();
  };
  try {
    const Device device = Device::cuda();
    if (asked("agree")) bench::check_agreement(device);
    if (asked("profile")) bench::profile_block(device);
    if (asked("steps")) bench::time_steps(device);
    if (asked("pairs")) bench::time_pairs(device);
  } catch (const Error& error) {
    fmt::print(stderr, "{}: {}\n", error.code(), error.what());
    return 1;
  }
}
