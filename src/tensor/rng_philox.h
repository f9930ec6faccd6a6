#pragma once
/// Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key, by integer arithmetic
/// alone. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.

#include <array>
#include <cstdint>

#ifdef __CUDACC__
#define NEWBIE_HOST_DEVICE __host__ __device__
#else
#define NEWBIE_HOST_DEVICE
#endif

namespace newbie {

struct PhiloxWords {
  uint32_t word[4];
};

/// Random words of `counter` under the key (low and high half of `seed`).
NEWBIE_HOST_DEVICE inline PhiloxWords philox(PhiloxWords counter, uint64_t seed) {
  auto& c = counter.word;
  uint32_t key0 = static_cast<uint32_t>(seed);
  uint32_t key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53u} * c[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57u} * c[2];
    counter = {
        {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ key0, static_cast<uint32_t>(product1),
         static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

}  // namespace newbie
