// Any bytes as a safetensors file: every entry that is accepted can be read, and the names go
// through a names table without harm.

#include <cstdint>
#include <memory>
#include <vector>

#include "io/weight_set.h"
#include "tensor/device.h"

using namespace newbie;

namespace {

io::WeightSetOptions options() {
  io::NamesTable table{"fuzzed",
                       "a",
                       {io::Concat{"{i}.qkv", {"{i}.q", "{i}.k"}, {1, 1}},
                        io::LowRank{"{*}.weight", "{*}.original", "{*}.A", "{*}.B"},
                        io::Rename{"x.{*}", "y.{*}", 2}, io::ByShape{"z", {2, 2}, true}},
                       {"ignored.{*}"}};
  return {"fuzzed", {"model."}, {std::move(table)}};
}

void read_all(const io::WeightSet& weights, const Device& device) {
  for (const std::string& name : weights.names()) {
    const Tensor tensor = weights.tensor(name, device);
    if (tensor.numel() < 4096) (void)tensor.to_floats();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of its own size, so that one byte too far is seen.
  const auto owner = std::make_shared<std::vector<uint8_t>>(data, data + size);
  const Device device = Device::cpu(1);
  try {
    const auto file =
        io::SafetensorsFile::from_bytes(std::as_bytes(std::span(*owner)), owner, "fuzzed");
    read_all(*io::WeightSet::from_files("fuzzed", {file}), device);
    read_all(*io::WeightSet::from_files("fuzzed", {file}, options()), device);
  } catch (const Error& error) {
    if (error.code().starts_with("internal.")) __builtin_trap();
  }
  return 0;
}
