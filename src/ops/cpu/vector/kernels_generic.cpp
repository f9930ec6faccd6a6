#define NEWBIE_SIMD generic
#include "ops/cpu/vector/table.h"
