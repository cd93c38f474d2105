// The vector kernels for avx2.
#if defined(__x86_64__)
#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define TOKENS 6
#define NARROW 2
#define SIDE 2
#include "vector.h"

const muninn_kernel_table muninn_avx2_table = {
    "avx2",
    NAME(linear_f32),
    NAME(linear_bf16),
    NAME(rms_norm),
    NAME(silu_multiply),
    NAME(rotate),
    NAME(attention),
    NAME(maximum),
    NAME(moments),
    NAME(cross),
};
#endif
