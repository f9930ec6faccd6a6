#define NEWBIE_SIMD avx2
#include "ops/cpu/product/table.h"
