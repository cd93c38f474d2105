// The vector kernels for neon.
#if defined(__aarch64__)
#define NAME(x) neon_##x
#define TARGET 
#define LANES 4
#define TOKENS 6
#define NARROW 4
#define SIDE 1
#include "vector.h"

const muninn_kernel_table muninn_neon_table = {
    "neon",
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
