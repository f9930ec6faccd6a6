#define NEWBIE_SIMD avx2
#include "ops/cpu/vector/table.h"
