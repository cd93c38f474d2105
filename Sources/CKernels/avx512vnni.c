// The integer kernels for processors with AVX-512 VNNI.
#if defined(__x86_64__)
#include <immintrin.h>
#define NAME(x) avx512vnni_##x
#define TARGET \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma"), min_vector_width(512)))
#define LANES 16
#include "lanes.h"

#define INTEGER_TOKENS 6
#define INTEGER_COLUMNS 2
#define INTEGER_SIDE 2
#define BIAS8 128
#define KEEP(value) __asm__ volatile("" : "+v"(value))
typedef int32_t NAME(ints) __attribute__((vector_size(64), aligned(4)));
INLINE NAME(ints) NAME(dot)(NAME(ints) sum, NAME(ints) w, NAME(ints) x) {
  return (NAME(ints))_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, (__m512i)x);
}
#define avx512vnni_dot8 avx512vnni_dot
#include "integer.h"

// Register-only products, to learn what the arithmetic units can do.
TARGET void NAME(peak)(int64_t rounds, float *out) {
  NAME(ints) acc[12], a = (NAME(ints)){0} + 0x01010101;
  UNROLL for (int i = 0; i < 12; i++) acc[i] = (NAME(ints)){0};
  for (int64_t n = 0; n < rounds; n++)
    UNROLL for (int i = 0; i < 12; i++) {
      acc[i] = NAME(dot)(acc[i], a, a);
      __asm__ volatile("" : "+v"(acc[i]));
    }
  *out = 0;
  for (int i = 0; i < 12; i++) *out += (float)acc[i][0];
}
#endif
