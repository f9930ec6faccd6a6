/// Fixes: fixing twice is fixing once, and a rule whose fix was applied everywhere has nothing left
/// to apply.

#include <cstdlib>

#include "prompt/fix.h"
#include "prompt_input.h"

using namespace newbie::prompt;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLongest = 2048;
  if (size < 2 || size > kLongest) return 0;
  const FuzzInput input = read_fuzz_input(data + 1, size - 1);
  const FixOptions options{data[0] % 2 == 0 ? FixLevel::safe : FixLevel::all, {}};
  const FixResult once = fix(input.source, input.options, {}, options);
  for (const Diagnostic& diagnostic : once.remaining) {
    for (const Fix& left : diagnostic.fixes) {
      if (left.safe) std::abort();
    }
  }
  ParseOptions same = input.options;
  same.kind = parse(input.source, input.options).kind();
  if (fix(once.text, same, {}, options).text != once.text) std::abort();
  return 0;
}
