#define NEWBIE_SIMD generic
#include "ops/cpu/product/table.h"
