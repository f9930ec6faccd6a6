#pragma once
/// A prompt from fuzzer bytes: the first byte chooses how it is read.

#include <cstddef>
#include <cstdint>
#include <string>

#include "prompt/parse.h"

namespace newbie::prompt {

struct FuzzInput {
  std::string source;
  ParseOptions options;
};

inline FuzzInput read_fuzz_input(const uint8_t* data, size_t size) {
  FuzzInput input;
  if (size == 0) return input;
  input.options.kind = static_cast<InputKind>(data[0] % 5);
  input.source.assign(reinterpret_cast<const char*>(data + 1), size - 1);
  return input;
}

}  // namespace newbie::prompt
