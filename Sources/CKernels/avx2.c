// The vector kernels for avx2.
#if defined(__x86_64__)
#include <immintrin.h>
#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define TOKENS 6
#define NARROW 2
#define SIDE 2
#include "vector.h"
#include "activations.h"
#include "attention.h"
#include "pack.h"
#include "gradient.h"
#include "random.h"

const muninn_kernel_table muninn_avx2_table = {
    .name = "avx2",
    SHARED_ROWS,
    .pack_rows = NAME(pack_rows),
    .outer = NAME(outer),
    .linear_fast = NAME(linear_fast),
    .linear_int8 = NAME(linear_int8),
    .linear_int4 = NAME(linear_int4),
    .prepare_fast = muninn_round_row,
    .prepare_integer = NAME(prepare_integer),
};
#endif
