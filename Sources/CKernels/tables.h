// What the kernel files share.
#ifndef MUNINN_TABLES_H
#define MUNINN_TABLES_H
#include "kernels.h"

// Inputs summed in registers before they are added to the output: bounds the rounding error of
// long sums and keeps a tile of x in the first-level cache. Part of the result: every twin uses it.
enum { MUNINN_DEPTH = 512 };

extern const muninn_kernel_table muninn_scalar_table, muninn_avx512_table, muninn_avx2_table,
    muninn_neon_table;
#endif
