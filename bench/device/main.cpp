/// bench_device [agree] [profile] [steps] [pairs] [learning] [lora] [nano] [plan]: the first three
/// without a word; plan needs no device.
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
    return std::ranges::find(words, word) != words.end();
  };
  const auto by_default = [&](std::string_view word) { return words.empty() || asked(word); };
  try {
    if (asked("plan")) bench::plan_learning();
    if (words == std::vector<std::string_view>{"plan"}) return 0;
    const Device device = Device::cuda();
    if (by_default("agree")) bench::check_agreement(device);
    if (by_default("profile")) bench::profile_block(device);
    if (by_default("steps")) bench::time_steps(device);
    if (asked("pairs")) bench::time_pairs(device);
    if (asked("learning")) bench::time_learning(device);
    if (asked("lora")) bench::time_lora(device);
    if (asked("nano")) bench::time_nano_learning(device);
  } catch (const Error& error) {
    fmt::print(stderr, "{}: {}\n", error.code(), error.what());
    return 1;
  }
}
