/// How close do products, attention and convolution come to what the processor can do? See
/// README.md.
#include <charconv>
#include <string_view>

#include "measure.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  constexpr std::string_view kThreads = "--threads=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(kThreads)) continue;
    int count = 0;
    const std::string_view digits = argument.substr(kThreads.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    newbie::bench::set_threads(count);
  }
  newbie::bench::add_linear();
  newbie::bench::add_attention();
  newbie::bench::add_conv();
  benchmark::RunSpecifiedBenchmarks();
}
