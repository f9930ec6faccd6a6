#define NEWBIE_SIMD avx512
#include "ops/cpu/product/table.h"
