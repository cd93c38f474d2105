// What every vector kernel file shares: registers as values, and how a result reaches y. The including
// file defines NAME, TARGET and LANES (see vector.h).
#include <float.h>
#include <math.h>
#include <string.h>
#include "tables.h"

#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLL _Pragma("clang loop unroll(full)")
enum { WIDE = 32 / LANES };

typedef float NAME(vec) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint32_t NAME(bits) __attribute__((vector_size(LANES * 4), aligned(4)));
#define VEC NAME(vec)
#define BITS NAME(bits)

INLINE VEC NAME(load)(const float *p) { return *(const VEC *)p; }
INLINE void NAME(store)(float *p, VEC v) { *(VEC *)p = v; }
INLINE VEC NAME(all)(float x) { return x - (VEC){0}; }
INLINE VEC NAME(fma)(VEC a, VEC b, VEC c) { return __builtin_elementwise_fma(a, b, c); }
INLINE VEC NAME(select)(BITS where, VEC a, VEC b) {
  return (VEC)(((BITS)a & where) | ((BITS)b & ~where));
}
INLINE BITS NAME(select_bits)(BITS where, BITS a, BITS b) { return (a & where) | (b & ~where); }
INLINE VEC NAME(load_part)(const float *p, int64_t count) {
  float lanes[LANES] = {0};
  memcpy(lanes, p, (size_t)count * 4);
  return NAME(load)(lanes);
}
INLINE void NAME(store_part)(float *p, VEC v, int64_t count) {
  float lanes[LANES];
  NAME(store)(lanes, v);
  memcpy(p, lanes, (size_t)count * 4);
}
INLINE float NAME(sum)(VEC v) {
  float lanes[LANES];
  NAME(store)(lanes, v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}


// Writes one register of outputs from `at` of a token: the sum of a stretch of inputs is added to what
// the stretches before left; the first stretch takes bias and z along.
INLINE void NAME(put)(const muninn_linear_call *call, int64_t token, int64_t at, VEC v, int first) {
  float *y = call->y + token * call->y_stride;
  const float *bias = first ? call->bias : 0;
  const float *z = first && call->z ? call->z + token * call->z_stride : 0;
  int64_t left = call->outputs - at;
  if (left >= LANES) {
    if (!first) v = NAME(load)(y + at) + v;
    if (bias) v += NAME(load)(bias + at);
    if (z) v += NAME(load)(z + at);
    NAME(store)(y + at, v);
  } else if (left > 0) {
    if (!first) v = NAME(load_part)(y + at, left) + v;
    if (bias) v += NAME(load_part)(bias + at, left);
    if (z) v += NAME(load_part)(z + at, left);
    NAME(store_part)(y + at, v, left);
  }
}
