// The integer kernels for aarch64 with dot products of signed bytes.
#if defined(__aarch64__)
#include <arm_neon.h>
#define NAME(x) neondot_##x
#define TARGET __attribute__((target("dotprod")))
#define LANES 4
#include "lanes.h"

#define INTEGER_TOKENS 3
#define INTEGER_COLUMNS 4
#define INTEGER_SIDE 1
#define BIAS8 0
#define KEEP(value) __asm__ volatile("" : "+w"(value))
typedef int32_t NAME(ints) __attribute__((vector_size(16), aligned(4)));
INLINE NAME(ints) NAME(dot)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  return (NAME(ints))vdotq_s32((int32x4_t)sum, (int8x16_t)w, (int8x16_t)x);
}
INLINE NAME(ints) NAME(dot8)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  return NAME(dot)(sum, (NAME(ints))veorq_u8((uint8x16_t)w, vdupq_n_u8(128)), x);
}
#include "integer.h"
#endif
