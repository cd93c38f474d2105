// Products of bfloat16 pairs, activations rounded to bfloat16, for processors with AVX512_BF16.
#if defined(__x86_64__)
#include <immintrin.h>
#define NAME(x) avx512bf16_##x
#define TARGET \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"), min_vector_width(512)))
#define LANES 16
#include "lanes.h"

enum { ROWS = 12, SIDE = 4, AHEAD = 4096 };

// How one tile sees its operands.
typedef struct {
  const unsigned char *weights;  // of the first panel, at the first pair of this stretch
  int64_t panel_bytes;
  const unsigned char *x;  // pairs of the first token
  int64_t x_stride, pairs;
  // This tile's share of the weights that the stretch after this one reads.
  const unsigned char *next;
} NAME(operands);

INLINE void NAME(tile)(const int rows, const int panels, const int lines,
                       const muninn_linear_call *call, NAME(operands) o, int64_t token,
                       int64_t output, int first) {
  __m512 acc[12][8];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < 2 * panels; c++) acc[r][c] = _mm512_setzero_ps();
  const unsigned char *w = o.weights;
  for (int64_t k = 0; k < o.pairs; k++, w += 128) {
    UNROLL for (int p = 0; p < panels; p++) {
      const unsigned char *at = w + p * o.panel_bytes;
      if (lines == 0) {
        __builtin_prefetch(at + AHEAD);
        __builtin_prefetch(at + AHEAD + 64);
      } else {
        UNROLL for (int line = 0; line < lines; line++)
          __builtin_prefetch(o.next + (k * lines + line) * 64);
      }
      __m512bh low = (__m512bh)_mm512_loadu_si512(at);
      __m512bh high = (__m512bh)_mm512_loadu_si512(at + 64);
      UNROLL for (int r = 0; r < rows; r++) {
        int32_t pair;
        memcpy(&pair, o.x + r * o.x_stride + k * 4, 4);
        __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
        acc[r][2 * p] = _mm512_dpbf16_ps(acc[r][2 * p], low, x);
        acc[r][2 * p + 1] = _mm512_dpbf16_ps(acc[r][2 * p + 1], high, x);
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < 2 * panels; c++)
      NAME(put)(call, token + r, output + c * LANES, (VEC)acc[r][c], first);
}

#define CASE(N)                                           \
  case N:                                                 \
    NAME(tile)(N, 1, lines, call, o, token, output, first); \
    break;
INLINE void NAME(tiles)(int rows, const int lines, const muninn_linear_call *call,
                        NAME(operands) o, int64_t token, int64_t output, int first) {
  switch (rows) {
    CASE(1)
    CASE(2)
    CASE(3)
    CASE(4)
    CASE(5)
    CASE(6)
    CASE(7)
    CASE(8)
    CASE(9)
    CASE(10)
    CASE(11)
    CASE(12)
  }
}

// One tile reads all weights of its stretch, or several share them: then each asks for a part of the
// next stretch, so that memory is busy while tiles after the first find theirs in the cache.
static __attribute__((noinline)) TARGET void NAME(alone)(int rows, const muninn_linear_call *call,
                                                         NAME(operands) o, int64_t token,
                                                         int64_t output, int first) {
  NAME(tiles)(rows, 2, call, o, token, output, first);
}
static __attribute__((noinline)) TARGET void NAME(sharing)(int rows,
                                                           const muninn_linear_call *call,
                                                           NAME(operands) o, int64_t token,
                                                           int64_t output, int first) {
  NAME(tiles)(rows, 1, call, o, token, output, first);
}

TARGET void NAME(linear_fast)(const muninn_linear_call *call) {
  enum { BLOCK = 240, STRETCH = MUNINN_DEPTH / 2 };
  const int64_t pairs = (call->inputs + 1) / 2, panel_bytes = pairs * 128;
  const unsigned char *x = call->prepared, *weights = call->weights;
  for (int64_t block = 0; block < call->tokens; block += BLOCK) {
    const int64_t end = block + BLOCK < call->tokens ? block + BLOCK : call->tokens;
    const int64_t tiles = (end - block + ROWS - 1) / ROWS;
    // One row reads weights once, and in the order in which they lie.
    const int64_t side = end - block == 1 ? (call->end_panel - call->first_panel) / SIDE : 0;
    const int64_t shared = call->first_panel + side * SIDE;
    for (int64_t panel = call->first_panel; panel < shared; panel += SIDE)
      for (int64_t k = 0; k < pairs; k += STRETCH) {
        NAME(operands) o = {weights + panel * panel_bytes + k * 128,
                            panel_bytes,
                            x + block * call->prepared_stride + k * 4,
                            call->prepared_stride,
                            pairs - k < STRETCH ? pairs - k : STRETCH,
                            0};
        NAME(tile)(1, SIDE, 0, call, o, block, panel * 32, k == 0);
      }
    for (int64_t k = 0; k < pairs; k += STRETCH) {
      NAME(operands) o = {0, panel_bytes, 0, call->prepared_stride,
                          pairs - k < STRETCH ? pairs - k : STRETCH, 0};
      for (int64_t panel = shared; panel < call->end_panel; panel++) {
        o.weights = weights + panel * panel_bytes + k * 128;
        const unsigned char *next = o.weights + panel_bytes;
        if (panel + 1 == call->end_panel)
          next = k + STRETCH < pairs
                     ? weights + shared * panel_bytes + (k + STRETCH) * 128
                     : weights + call->end_panel * panel_bytes;
        for (int64_t t = 0; t < tiles; t++) {
          const int64_t token = block + (end - block) * t / tiles;
          const int rows = (int)(block + (end - block) * (t + 1) / tiles - token);
          o.x = x + token * call->prepared_stride + k * 4;
          o.next = next + t * o.pairs * 2 / tiles * 64;
          if (tiles == 1)
            NAME(alone)(rows, call, o, token, panel * 32, k == 0);
          else
            NAME(sharing)(rows, call, o, token, panel * 32, k == 0);
        }
      }
    }
  }
}

TARGET void NAME(prepare_fast)(const float *x, int64_t inputs, void *out) {
  uint16_t *y = out;
  int64_t k = 0;
  for (; k + 16 <= inputs; k += 16) {
    __m256bh half = _mm512_cvtneps_pbh(_mm512_loadu_ps(x + k));
    memcpy(y + k, &half, 32);
  }
  if (k < inputs) {
    float part[16] = {0};
    memcpy(part, x + k, (size_t)(inputs - k) * 4);
    __m256bh half = _mm512_cvtneps_pbh(_mm512_loadu_ps(part));
    memcpy(y + k, &half, 32);
  }
}

// ---- Gradients of weights: see gradient.h ----

TARGET void NAME(pack_rows)(const float *x, int64_t stride, int64_t tokens, int64_t columns,
                            void *out) {
  const int64_t pairs = (tokens + 1) / 2;
  // Lane i of the first half beside lane i of the second.
  uint16_t places[32];
  for (int i = 0; i < 16; i++) places[2 * i] = (uint16_t)i, places[2 * i + 1] = (uint16_t)(i + 16);
  const __m512i order = _mm512_loadu_si512(places);
  for (int64_t t = 0; t < pairs; t++) {
    const float *first = x + 2 * t * stride, *second = first + stride;
    const int alone = 2 * t + 1 == tokens;
    for (int64_t column = 0; column < (columns + 31) / 32 * 32; column += 16) {
      uint32_t *to = (uint32_t *)out + (column / 32 * pairs + t) * 32 + column % 32;
      const int64_t left = columns - column;
      const __mmask16 there = left >= 16 ? 0xffff : left > 0 ? (__mmask16)((1 << left) - 1) : 0;
      __m512 low = _mm512_maskz_loadu_ps(there, first + column);
      __m512 high = _mm512_maskz_loadu_ps(alone ? 0 : there, second + column);
      __m512i both = (__m512i)_mm512_cvtne2ps_pbh(high, low);
      _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, both));
    }
  }
}

// One tile: 8 rows of a panel of a against one panel of b.
INLINE void NAME(outer_tile)(const muninn_outer_call *call, int64_t row, int64_t column) {
  __m512 acc[8][2];
  UNROLL for (int r = 0; r < 8; r++)
    UNROLL for (int i = 0; i < 2; i++) acc[r][i] = _mm512_setzero_ps();
  const int32_t *a = (const int32_t *)call->a + row / 32 * call->pairs * 32 + row % 32;
  const int32_t *b = (const int32_t *)call->b + column / 32 * call->pairs * 32;
  for (int64_t k = 0; k < call->pairs; k++, a += 32, b += 32) {
    __m512bh low = (__m512bh)_mm512_loadu_si512(b);
    __m512bh high = (__m512bh)_mm512_loadu_si512(b + 16);
    UNROLL for (int r = 0; r < 8; r++) {
      __m512bh pair = (__m512bh)_mm512_set1_epi32(a[r]);
      acc[r][0] = _mm512_dpbf16_ps(acc[r][0], low, pair);
      acc[r][1] = _mm512_dpbf16_ps(acc[r][1], high, pair);
    }
  }
  UNROLL for (int r = 0; r < 8; r++) {
    if (row + r >= call->rows) break;
    UNROLL for (int i = 0; i < 2; i++) {
      float *c = call->c + (row + r) * call->c_stride + column + i * 16;
      const int64_t left = call->columns - (column + i * 16);
      const __mmask16 there = left >= 16 ? 0xffff : left > 0 ? (__mmask16)((1 << left) - 1) : 0;
      _mm512_mask_storeu_ps(c, there, _mm512_maskz_loadu_ps(there, c) + acc[r][i]);
    }
  }
}

TARGET void NAME(outer)(const muninn_outer_call *call) {
  for (int64_t column = 0; column < call->columns; column += 32)
    for (int64_t row = 0; row < call->rows; row += 8) NAME(outer_tile)(call, row, column);
}

// Register-only products, to learn what the arithmetic units can do.
TARGET void NAME(peak)(int64_t rounds, float *out) {
  __m512 acc[12];
  __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f803f80), b = (__m512bh)_mm512_set1_epi32(0x38803880);
  UNROLL for (int i = 0; i < 12; i++) acc[i] = _mm512_setzero_ps();
  for (int64_t n = 0; n < rounds; n++)
    UNROLL for (int i = 0; i < 12; i++) {
      acc[i] = _mm512_dpbf16_ps(acc[i], a, b);
      __asm__ volatile("" : "+v"(acc[i]));
    }
  __m512 sum = acc[0];
  for (int i = 1; i < 12; i++) sum += acc[i];
  *out = _mm512_reduce_add_ps(sum);
}
#endif
