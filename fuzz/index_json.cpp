// Any bytes as a shard index: no file outside the folder is ever named.

#include <cstdint>
#include <string_view>

#include "io/weight_files.h"

using namespace newbie;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto index = io::ShardIndex::parse({reinterpret_cast<const char*>(data), size},
                                             "folder/model.safetensors.index.json");
    for (const auto& shard : index.shards()) {
      if (shard.lexically_normal().parent_path() != "folder") __builtin_trap();
    }
  } catch (const Error& error) {
    if (error.code().starts_with("internal.")) __builtin_trap();
  }
  return 0;
}
