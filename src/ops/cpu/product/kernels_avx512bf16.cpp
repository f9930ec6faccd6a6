#define NEWBIE_SIMD avx512bf16
#include "ops/cpu/product/table.h"
