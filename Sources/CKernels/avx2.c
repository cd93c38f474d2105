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

#define INTEGER_TOKENS 3
#define INTEGER_COLUMNS 2
#define INTEGER_SIDE 1
#define BIAS8 0
typedef int32_t NAME(ints) __attribute__((vector_size(32), aligned(4)));
// Sums of two products fit 16 bits: 2 * 15 * 127 here, 2 * 127 * 127 below.
INLINE NAME(ints) NAME(dot)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  __m256i pairs = _mm256_maddubs_epi16((__m256i)w, (__m256i)x);
  return sum + (NAME(ints))_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
INLINE NAME(ints) NAME(dot8)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  __m256i weight = _mm256_xor_si256((__m256i)w, _mm256_set1_epi8(-128));
  __m256i signed_x = _mm256_sign_epi8((__m256i)x, weight);
  return NAME(dot)(sum, (NAME(ints))_mm256_abs_epi8(weight), (NAME(ints))signed_x);
}
#include "integer.h"

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
