// The vector kernels for neon.
#if defined(__aarch64__)
#include <arm_neon.h>
#define NAME(x) neon_##x
#define TARGET 
#define LANES 4
#define TOKENS 6
#define NARROW 4
#define SIDE 1
#include "vector.h"
#include "activations.h"
#include "attention.h"
#include "pack.h"
#include "gradient.h"
#include "random.h"

#define INTEGER_TOKENS 3
#define INTEGER_COLUMNS 4
#define INTEGER_SIDE 1
#define BIAS8 0
#define KEEP(value) __asm__ volatile("" : "+w"(value))
typedef int32_t NAME(ints) __attribute__((vector_size(16), aligned(4)));
// Two products fit 16 bits; the dot product instruction is not part of the base architecture.
INLINE NAME(ints) NAME(dot)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  int8x16_t a = (int8x16_t)w, b = (int8x16_t)x;
  int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)));
  int32x4_t high = vpaddlq_s16(vmull_s8(vget_high_s8(a), vget_high_s8(b)));
  return sum + (NAME(ints))vpaddq_s32(low, high);
}
INLINE NAME(ints) NAME(dot8)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  return NAME(dot)(sum, (NAME(ints))veorq_u8((uint8x16_t)w, vdupq_n_u8(128)), x);
}
#include "integer.h"

const muninn_kernel_table muninn_neon_table = {
    .name = "neon",
    SHARED_ROWS,
    .pack_rows = NAME(pack_rows),
    .outer = NAME(outer),
    .linear_fast = NAME(linear_fast),
    .linear_int8 = NAME(linear_int8),
    .linear_int4 = NAME(linear_int4),
    .prepare_fast = muninn_round_row,
    .prepare_integer = NAME(prepare_integer),
};

// The same with integer kernels for processors that have dot products of bytes.
const muninn_kernel_table muninn_neondot_table = {
    .name = "neondot",
    SHARED_ROWS,
    .pack_rows = NAME(pack_rows),
    .outer = NAME(outer),
    .linear_fast = NAME(linear_fast),
    .linear_int8 = neondot_linear_int8,
    .linear_int4 = neondot_linear_int4,
    .prepare_fast = muninn_round_row,
    .prepare_integer = neondot_prepare_integer,
};
#endif
