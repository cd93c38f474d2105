// The vector kernels for avx512.
#if defined(__x86_64__)
#define NAME(x) avx512_##x
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LANES 16
#define TOKENS 12
#define NARROW 2
#define SIDE 4
#include "vector.h"

const muninn_kernel_table muninn_avx512_table = {
    "avx512",
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
