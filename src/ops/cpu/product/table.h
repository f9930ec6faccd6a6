#pragma once
/// The product kernels of one instruction set, as the rest of the program calls them.

#include "ops/cpu/product/attend.h"
#include "ops/cpu/product/winograd.h"

#define NEWBIE_STRING_(text) #text
#define NEWBIE_STRING(text) NEWBIE_STRING_(text)

namespace newbie::ops::cpu::NEWBIE_SIMD {

const ProductKernels kProductKernels{.instruction_set = NEWBIE_STRING(NEWBIE_SIMD),
                                     .pairs = Units::kPairs,
                                     .rows = kRows,
                                     .lanes = kLanes,
                                     .tile_rows = kTileRows,
                                     .multiply = multiply,
                                     .pack_keys = pack_keys,
                                     .pack_values = pack_values,
                                     .key_bytes = key_bytes,
                                     .value_bytes = value_bytes,
                                     .attention_scratch = attention_scratch,
                                     .attend = attend,
                                     .winograd_input = winograd_input,
                                     .winograd_output = winograd_output,
                                     .winograd_weights = winograd_weights};

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
