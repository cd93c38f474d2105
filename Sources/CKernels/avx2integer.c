// The integer kernels for processors with AVX2, which has no dot product of bytes: sums of products of
// pairs stay in 16 bits for a block of int4 weights, and int8 weights are widened to 16 bits, once for many
// rows. What a block's products are is exact, and is scaled as integer.h says.
#if defined(__x86_64__)
#include <immintrin.h>
#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#include "lanes.h"
#include "prepare.h"

enum {
  ROWS = 6,       // of the largest tile
  COLUMNS = 2,    // registers of outputs in it
  STRETCH = 256,  // inputs that are widened at a time: they stay in the first-level cache
  TOGETHER = 96   // rows that share them
};

// Where the activations of a prepared row lie as 16 bits, four inputs 0 2 1 3.
INLINE int64_t NAME(halves)(int64_t inputs) { return muninn_padded(inputs) * 2; }

TARGET void NAME(prepare_integer)(const float *x, int64_t inputs, void *out) {
  NAME(prepare_bytes)(x, inputs, out);
  const signed char *q = out;
  int16_t *wide = (int16_t *)(q + NAME(halves)(inputs));
  for (int64_t k = 0; k < muninn_padded(inputs); k += 4) {
    wide[k] = q[k], wide[k + 1] = q[k + 2];
    wide[k + 2] = q[k + 1], wide[k + 3] = q[k + 3];
  }
}

// A stretch of one panel as the tiles read it. int8: for every strip of a block its groups of four inputs,
// the even and the odd ones as 16 bits; int4: its groups, the low and the high halves as bytes.
typedef struct {
  _Alignas(64) unsigned char weights[STRETCH / 4 * 2 * 2 * COLUMNS][32];
  _Alignas(64) float steps[STRETCH / 32][32];
} NAME(stretch);

#define GROUPS(four) ((four) ? MUNINN_INT4_SPAN / 8 : MUNINN_INT8_SPAN / 4)
#define PLACE(four, b, strip, g, half, c) \
  (((((b)*2 + (strip)) * GROUPS(four) + (g)) * 2 + (half)) * COLUMNS + (c))

// Holds the compiler to the order that is written: it would gather several products first, and has no
// registers for them.
#define KEEP(value) __asm__ volatile("" : "+x"(value))

INLINE __m256i NAME(word)(const void *at) {
  int32_t word;
  memcpy(&word, at, 4);
  return _mm256_set1_epi32(word);
}

INLINE void NAME(widen)(const int four, const unsigned char *record, NAME(stretch) *to, int64_t b) {
  const __m256i low4 = _mm256_set1_epi8(15), bias = _mm256_set1_epi8(-128);
  UNROLL for (int c = 0; c < WIDE; c++) {
    BITS words = *(const BITS *)(record + c % (WIDE / 2) * LANES * 4);
    NAME(store)(to->steps[b] + c * LANES, (VEC)(c < WIDE / 2 ? words << 16 : words & 0xffff0000u));
    UNROLL for (int g = 0; g < GROUPS(four); g++) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(record + 64 + g * 128 + c * 32));
      __m256i first, second;
      if (four) {
        first = _mm256_and_si256(v, low4);
        second = _mm256_and_si256(_mm256_srli_epi16(v, 4), low4);
      } else {
        v = _mm256_xor_si256(v, bias);
        first = _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8);
        second = _mm256_srai_epi16(v, 8);
      }
      _mm256_store_si256((__m256i *)to->weights[PLACE(four, b, c / COLUMNS, g, 0, c % COLUMNS)], first);
      _mm256_store_si256((__m256i *)to->weights[PLACE(four, b, c / COLUMNS, g, 1, c % COLUMNS)], second);
    }
  }
}

// Activations as a tile reads them, and where their sums are gathered.
typedef struct {
  const unsigned char *x;  // prepared, of the first row
  int64_t stride, first_block, blocks, padded;
  float *total;  // [rows, 32]
  const unsigned char *next;  // what is read from memory meanwhile, so many lines a block
  int64_t lines;
} NAME(rows);

INLINE void NAME(integer_tile)(const int rows, const int four, NAME(rows) o, const NAME(stretch) *s,
                               const int strip) {
  const __m256i ones = _mm256_set1_epi16(1);
  VEC part[ROWS][COLUMNS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < COLUMNS; c++) part[r][c] = (VEC){0};
  const int span = four ? MUNINN_INT4_SPAN : MUNINN_INT8_SPAN;
  const unsigned char *offsets = o.x + muninn_offsets4(o.padded), *units = o.x + muninn_units(o.padded);
  for (int64_t b = 0; b < o.blocks; b++) {
    const int64_t block = o.first_block + b;
    _Pragma("clang loop unroll(disable)") for (int64_t line = 0; line < o.lines; line++, o.next += 64) __builtin_prefetch(o.next, 0, 2);
    const unsigned char *x = o.x + (four ? block * span : o.padded * 2 + block * span * 2);
    __m256i sum[ROWS][COLUMNS];
    UNROLL for (int r = 0; r < rows; r++) {
      __m256i start = _mm256_setzero_si256();
      // Two sums of 16 bits, whose last is at most 8 * 127 * 16 in size wherever the others pass.
      if (four) start = NAME(word)(offsets + r * o.stride + block * 4) & _mm256_set1_epi32(0xffff);
      UNROLL for (int c = 0; c < COLUMNS; c++) sum[r][c] = start;
    }
    UNROLL for (int g = 0; g < GROUPS(four); g++)
      UNROLL for (int half = 0; half < 2; half++) {
        __m256i w[COLUMNS];
        UNROLL for (int c = 0; c < COLUMNS; c++)
          w[c] = _mm256_load_si256((const __m256i *)s->weights[PLACE(four, b, strip, g, half, c)]);
        UNROLL for (int r = 0; r < rows; r++) {
          const unsigned char *at = x + r * o.stride + (four ? g * 4 + half * MUNINN_HALF : g * 8 + half * 4);
          const __m256i a = NAME(word)(at);
          __m256i product[COLUMNS];
          UNROLL for (int c = 0; c < COLUMNS; c++) {
            product[c] = four ? _mm256_maddubs_epi16(w[c], a) : _mm256_madd_epi16(w[c], a);
            KEEP(product[c]);
          }
          UNROLL for (int c = 0; c < COLUMNS; c++) {
            sum[r][c] = four ? _mm256_add_epi16(sum[r][c], product[c])
                             : _mm256_add_epi32(sum[r][c], product[c]);
            KEEP(sum[r][c]);
          }
        }
      }
    UNROLL for (int c = 0; c < COLUMNS; c++) {
      const VEC step = NAME(load)(s->steps[b] + (strip * COLUMNS + c) * LANES);
      UNROLL for (int r = 0; r < rows; r++) {
        __m256i whole = four ? _mm256_madd_epi16(sum[r][c], ones) : sum[r][c];
        part[r][c] = NAME(fma)((VEC)_mm256_cvtepi32_ps(whole), step, part[r][c]);
      }
    }
    if ((block + 1) * span % MUNINN_UNIT == 0 || b + 1 == o.blocks)
      UNROLL for (int r = 0; r < rows; r++) {
        float unit;
        memcpy(&unit, units + r * o.stride + block * span / MUNINN_UNIT * 4, 4);
        UNROLL for (int c = 0; c < COLUMNS; c++) {
          float *at = o.total + r * 32 + (strip * COLUMNS + c) * LANES;
          NAME(store)(at, NAME(fma)(part[r][c], NAME(all)(unit), NAME(load)(at)));
          part[r][c] = (VEC){0};
        }
      }
  }
}

#define CASE(N)                                                                 \
  case N:                                                                       \
    NAME(integer_tile)(N, four, o, s, strip);                                   \
    break;
INLINE void NAME(integer_rows)(int rows, const int four, NAME(rows) o, const NAME(stretch) *s,
                               const int strip) {
  switch (rows) {
    CASE(1)
    CASE(2)
    CASE(3)
    CASE(4)
    CASE(5)
    CASE(6)
  }
}

// One row reads every weight once, in the order in which they lie.
INLINE void NAME(integer_row)(const int four, const muninn_linear_call *call, int64_t panel) {
  const int64_t record = four ? MUNINN_INT4_RECORD : MUNINN_INT8_RECORD;
  const int64_t span = four ? MUNINN_INT4_SPAN : MUNINN_INT8_SPAN;
  const int64_t blocks = (call->inputs + span - 1) / span, padded = muninn_padded(call->inputs);
  const unsigned char *w = (const unsigned char *)call->weights + panel * blocks * record;
  const unsigned char *q = call->prepared, *offsets = q + (four ? muninn_offsets4(padded) : padded);
  const __m256i low4 = _mm256_set1_epi8(15), even = _mm256_set1_epi32(0x00ff00ff);
  const __m256i ones = _mm256_set1_epi16(1);
  VEC total[WIDE], part[WIDE];
  UNROLL for (int c = 0; c < WIDE; c++) total[c] = part[c] = (VEC){0};
  for (int64_t b = 0; b < blocks; b++, w += record) {
    const unsigned char *x = q + (four ? b * span : padded * 2 + b * span * 2);
    __m256i sum[WIDE], start = NAME(word)(offsets + b * 4);
    if (four) start &= _mm256_set1_epi32(0xffff);
    UNROLL for (int c = 0; c < WIDE; c++) sum[c] = start;
    __builtin_prefetch(w + 4096);
    UNROLL for (int g = 0; g < GROUPS(four); g++) {
      __builtin_prefetch(w + 4096 + 64 + g * 128);
      __builtin_prefetch(w + 4096 + 128 + g * 128);
      const __m256i a = NAME(word)(x + (four ? g * 4 : g * 8));
      const __m256i more = NAME(word)(x + (four ? g * 4 + MUNINN_HALF : g * 8 + 4));
      UNROLL for (int c = 0; c < WIDE; c++) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)(w + 64 + g * 128 + c * 32));
        if (four) {
          const __m256i low = v & low4, high = _mm256_srli_epi16(v, 4) & low4;
          sum[c] = _mm256_add_epi16(sum[c], _mm256_maddubs_epi16(low, a));
          sum[c] = _mm256_add_epi16(sum[c], _mm256_maddubs_epi16(high, more));
        } else {
          sum[c] = _mm256_add_epi32(sum[c], _mm256_madd_epi16(v & even, a));
          sum[c] = _mm256_add_epi32(sum[c], _mm256_madd_epi16(_mm256_srli_epi16(v, 8), more));
        }
      }
    }
    UNROLL for (int c = 0; c < WIDE; c++) {
      BITS words = *(const BITS *)(w + c % (WIDE / 2) * LANES * 4);
      const VEC step = (VEC)(c < WIDE / 2 ? words << 16 : words & 0xffff0000u);
      const __m256i whole = four ? _mm256_madd_epi16(sum[c], ones) : sum[c];
      part[c] = NAME(fma)((VEC)_mm256_cvtepi32_ps(whole), step, part[c]);
    }
    if ((b + 1) * span % MUNINN_UNIT == 0 || b + 1 == blocks) {
      float unit;
      memcpy(&unit, q + muninn_units(padded) + b * span / MUNINN_UNIT * 4, 4);
      UNROLL for (int c = 0; c < WIDE; c++) {
        total[c] = NAME(fma)(part[c], NAME(all)(unit), total[c]);
        part[c] = (VEC){0};
      }
    }
  }
  UNROLL for (int c = 0; c < WIDE; c++) NAME(put)(call, 0, panel * 32 + c * LANES, total[c], 1);
}

INLINE void NAME(linear_integer)(const muninn_linear_call *call, const int four) {
  const int64_t record = four ? MUNINN_INT4_RECORD : MUNINN_INT8_RECORD;
  const int64_t span = four ? MUNINN_INT4_SPAN : MUNINN_INT8_SPAN;
  const int64_t blocks = (call->inputs + span - 1) / span, together = STRETCH / span;
  NAME(stretch) stretch;
  _Alignas(64) float total[TOGETHER * 32];
  for (int64_t panel = call->first_panel; panel < call->end_panel; panel++) {
    if (call->tokens == 1) {
      NAME(integer_row)(four, call, panel);
      continue;
    }
    const int64_t groups = (call->tokens + TOGETHER - 1) / TOGETHER;
    for (int64_t group = 0; group < groups; group++) {
      const int64_t first = call->tokens * group / groups;
      const int64_t count = call->tokens * (group + 1) / groups - first, tiles = (count + ROWS - 1) / ROWS;
      memset(total, 0, (size_t)count * 128);
      for (int64_t b = 0; b < blocks; b += together) {
        NAME(rows) o = {0, call->prepared_stride, b, blocks - b < together ? blocks - b : together,
                        muninn_padded(call->inputs), 0, 0, 0};
        const unsigned char *w = (const unsigned char *)call->weights + (panel * blocks + b) * record;
        for (int64_t i = 0; i < o.blocks; i++) NAME(widen)(four, w + i * record, &stretch, i);
        const int64_t passes = tiles * 2, lines = o.blocks * record / 64;
        o.lines = (lines + passes * o.blocks - 1) / (passes * o.blocks);
        for (int64_t pass = 0; pass < passes; pass++) {
          const int64_t t = pass % tiles, token = count * t / tiles;
          const int rows = (int)(count * (t + 1) / tiles - token);
          o.x = (const unsigned char *)call->prepared + (first + token) * call->prepared_stride;
          o.total = total + token * 32;
          o.next = w + o.blocks * record + pass * o.lines * o.blocks * 64;
          NAME(integer_rows)(rows, four, o, &stretch, pass < tiles ? 0 : 1);
        }
      }
      for (int64_t r = 0; r < count; r++)
        UNROLL for (int c = 0; c < WIDE; c++)
          NAME(put)(call, first + r, panel * 32 + c * LANES, NAME(load)(total + r * 32 + c * LANES), 1);
    }
  }
}

TARGET void NAME(linear_int8)(const muninn_linear_call *call) { NAME(linear_integer)(call, 0); }
TARGET void NAME(linear_int4)(const muninn_linear_call *call) { NAME(linear_integer)(call, 1); }

// Register-only products, to learn what the arithmetic units can do: whole numbers until they are sums of
// 32 bits, which for int4 is once in 8 products of bytes.
TARGET int64_t NAME(int8_peak)(int64_t rounds, float *out) {
  __m256i sum[8], a = _mm256_set1_epi16(1), b = a;
  UNROLL for (int i = 0; i < 8; i++) sum[i] = _mm256_setzero_si256();
  for (int64_t n = 0; n < rounds; n++)
    UNROLL for (int i = 0; i < 8; i++) {
      KEEP(a);
      sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(a, b));
      KEEP(sum[i]);
    }
  *out = 0;
  for (int i = 0; i < 8; i++) *out += (float)_mm256_extract_epi32(sum[i], 0);
  return 8 * 16;
}

TARGET int64_t NAME(int4_peak)(int64_t rounds, float *out) {
  __m256i sum[8], total = _mm256_setzero_si256(), a = _mm256_set1_epi8(1), b = a;
  const __m256i ones = _mm256_set1_epi16(1);
  UNROLL for (int i = 0; i < 8; i++) sum[i] = _mm256_setzero_si256();
  for (int64_t n = 0; n < rounds; n++) {
    UNROLL for (int i = 0; i < 8; i++) {
      KEEP(a);
      sum[i] = _mm256_add_epi16(sum[i], _mm256_maddubs_epi16(a, b));
      KEEP(sum[i]);
    }
    // One of the eight is done with in each round.
    total = _mm256_add_epi32(total, _mm256_madd_epi16(sum[0], ones));
    KEEP(total);
  }
  *out = (float)_mm256_extract_epi32(total, 0);
  for (int i = 0; i < 8; i++) *out += (float)_mm256_extract_epi32(sum[i], 0);
  return 8 * 32;
}
#endif
