#define NEWBIE_SIMD avx512
#include "ops/cpu/vector/table.h"
