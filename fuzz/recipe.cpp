// Recipes: TOML, and what pictures and manifests say about themselves, read whole or refused.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/toml.h"
#include "newbie/engine.h"
#include "workbench/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto toml = newbie::parse_toml(text, "fuzz");
    if (toml) newbie::request_from_json(toml->dump());
  } catch (const newbie::Error&) {
  }
  try {
    newbie::workbench::parse_record(text, "fuzz");
  } catch (const newbie::Error&) {
  }
  return 0;
}
