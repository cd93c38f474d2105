// The vector kernels for AVX-512, and its three tables: by what the processor has besides.
#if defined(__x86_64__)
#define NAME(x) avx512_##x
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LANES 16
#define TOKENS 12
#define NARROW 2
#define SIDE 4
#include "vector.h"
#include "activations.h"
#include "attention.h"
#include "pack.h"
#include "gradient.h"
#include "random.h"

const muninn_kernel_table muninn_avx512_table = {
    .name = "avx512",
    SHARED_ROWS,
    .pack_rows = NAME(pack_rows),
    .outer = NAME(outer),
    .linear_fast = NAME(linear_fast),
    .linear_int8 = avx2_linear_int8,
    .linear_int4 = avx2_linear_int4,
    .prepare_fast = muninn_round_row,
    .prepare_integer = avx2_prepare_integer,
};

const muninn_kernel_table muninn_avx512vnni_table = {
    .name = "avx512vnni",
    SHARED_ROWS,
    .pack_rows = NAME(pack_rows),
    .outer = NAME(outer),
    .linear_fast = NAME(linear_fast),
    .linear_int8 = avx512vnni_linear_int8,
    .linear_int4 = avx512vnni_linear_int4,
    .prepare_fast = muninn_round_row,
    .prepare_integer = avx512vnni_prepare_integer,
};

const muninn_kernel_table muninn_avx512bf16_table = {
    .name = "avx512bf16",
    SHARED_ROWS,
    .pack_rows = avx512bf16_pack_rows,
    .outer = avx512bf16_outer,
    .linear_fast = avx512bf16_linear_fast,
    .linear_int8 = avx512vnni_linear_int8,
    .linear_int4 = avx512vnni_linear_int4,
    .prepare_fast = avx512bf16_prepare_fast,
    .prepare_integer = avx512vnni_prepare_integer,
};
#endif
