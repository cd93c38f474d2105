// Vector kernels, written once and compiled for each instruction set. The including file defines
//   NAME(x)   the name of x for this instruction set
//   TARGET    function attributes that allow it
//   LANES     floats in a register
//   TOKENS    rows of the largest register tile (at most 12)
//   NARROW    registers of outputs in a tile of 4 or more rows (a divisor of 32 / LANES)
//   SIDE      panels side by side in a tile of one row
// Each result is one chain of fused multiply-adds in order of the inputs, restarted every
// MUNINN_DEPTH inputs: the same for every tile shape, so a row never depends on its company.
#include "lanes.h"

enum { AHEAD = 4096 };

// ---- Linear maps ----

// How one tile sees its operands. `half` says that weights are pairs of bfloat16.
typedef struct {
  const unsigned char *weights;  // of the first panel, at the first input of this stretch
  int64_t panel_bytes;
  const float *x;
  int64_t x_stride, depth;
  // This tile's share of what is read after this stretch, and how far to go in it at each load.
  const unsigned char *next;
  int64_t next_step;
} NAME(operands);

// Asks for weights long before they are needed: the hardware's own prefetch stops at page borders
// and falls behind when the arithmetic of several rows lies between two lines. Panels side by side
// are streams, read once; the tiles that share a stretch of one panel divide the next one among
// them, so that memory is busy while all but the first find theirs in the cache.
INLINE void NAME(fetch)(const int panels, const unsigned char *w, NAME(operands) o, int64_t load) {
  const unsigned char *at = panels > 1 ? w + AHEAD : o.next + load * o.next_step;
  __builtin_prefetch(at);
  __builtin_prefetch(at + 64);
}

INLINE void NAME(multiply)(const int rows, const int columns, const int panels, const int half,
                           NAME(operands) o, VEC acc[12][8]) {
  const unsigned char *w = o.weights;
  int64_t k = 0;
  if (half) {
    for (; k + 1 < o.depth; k += 2, w += 128) {
      UNROLL for (int p = 0; p < panels; p++) {
        NAME(fetch)(panels, w + p * o.panel_bytes, o, k / 2);
        VEC low[8], high[8];
        UNROLL for (int c = 0; c < columns; c++) {
          BITS pair = *(const BITS *)(w + p * o.panel_bytes + c * LANES * 4);
          low[c] = (VEC)(pair << 16);
          high[c] = (VEC)(pair & 0xffff0000u);
        }
        UNROLL for (int r = 0; r < rows; r++) {
          VEC a = NAME(all)(o.x[r * o.x_stride + k]), b = NAME(all)(o.x[r * o.x_stride + k + 1]);
          UNROLL for (int c = 0; c < columns; c++)
            acc[r][p * columns + c] = NAME(fma)(a, low[c], acc[r][p * columns + c]);
          UNROLL for (int c = 0; c < columns; c++)
            acc[r][p * columns + c] = NAME(fma)(b, high[c], acc[r][p * columns + c]);
        }
      }
    }
    if (k < o.depth) {
      UNROLL for (int p = 0; p < panels; p++)
        UNROLL for (int c = 0; c < columns; c++) {
          VEC low = (VEC)(*(const BITS *)(w + p * o.panel_bytes + c * LANES * 4) << 16);
          UNROLL for (int r = 0; r < rows; r++)
            acc[r][p * columns + c] =
                NAME(fma)(NAME(all)(o.x[r * o.x_stride + k]), low, acc[r][p * columns + c]);
        }
    }
  } else {
    for (; k < o.depth; k++, w += 128) {
      UNROLL for (int p = 0; p < panels; p++) {
        NAME(fetch)(panels, w + p * o.panel_bytes, o, k);
        VEC v[8];
        UNROLL for (int c = 0; c < columns; c++)
          v[c] = *(const VEC *)(w + p * o.panel_bytes + c * LANES * 4);
        UNROLL for (int r = 0; r < rows; r++) {
          VEC a = NAME(all)(o.x[r * o.x_stride + k]);
          UNROLL for (int c = 0; c < columns; c++)
            acc[r][p * columns + c] = NAME(fma)(a, v[c], acc[r][p * columns + c]);
        }
      }
    }
  }
}

// One tile: `rows` tokens from `token`, `columns` registers of outputs of each of `panels` panels.
INLINE void NAME(tile)(const int rows, const int columns, const int panels, const int half,
                       const muninn_linear_call *call, NAME(operands) o, int64_t token,
                       int64_t output, int first) {
  VEC acc[12][8];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < columns * panels; c++) acc[r][c] = (VEC){0};
  NAME(multiply)(rows, columns, panels, half, o, acc);
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < columns * panels; c++)
      NAME(put)(call, token + r, output + c / columns * 32 + c % columns * LANES, acc[r][c], first);
}

// `rows` tokens against one panel: in one tile while few rows leave registers free, else in strips.
#define STRIPS(ROWS)                                                                       \
  case ROWS:                                                                               \
    for (int strip = 0; strip < WIDE; strip += NARROW) {                                   \
      NAME(operands) s = o;                                                                \
      s.weights += strip * LANES * 4;                                                      \
      s.next += strip / NARROW * o.depth / (half ? 2 : 1) * o.next_step;                   \
      NAME(tile)(ROWS, NARROW, 1, half, call, s, token, output + strip * LANES, first);    \
    }                                                                                      \
    break;
#define WHOLE(ROWS)                                                             \
  case ROWS:                                                                    \
    NAME(tile)(ROWS, WIDE, 1, half, call, o, token, output, first);             \
    break;

INLINE void NAME(rows)(int rows, const int half, const muninn_linear_call *call, NAME(operands) o,
                       int64_t token, int64_t output, int first) {
  switch (rows) {
    WHOLE(1)
    WHOLE(2)
    WHOLE(3)
    STRIPS(4)
    STRIPS(5)
    STRIPS(6)
#if TOKENS > 6
    STRIPS(7)
    STRIPS(8)
    STRIPS(9)
    STRIPS(10)
    STRIPS(11)
    STRIPS(12)
#endif
  }
}

// Functions of their own, so that each holds one set of tiles.
static __attribute__((noinline)) TARGET void NAME(rows_f32)(
    int rows, const muninn_linear_call *call, NAME(operands) o, int64_t token, int64_t output,
    int first) {
  NAME(rows)(rows, 0, call, o, token, output, first);
}
static __attribute__((noinline)) TARGET void NAME(rows_bf16)(
    int rows, const muninn_linear_call *call, NAME(operands) o, int64_t token, int64_t output,
    int first) {
  NAME(rows)(rows, 1, call, o, token, output, first);
}

INLINE void NAME(linear)(const muninn_linear_call *call, const int half) {
  // Above this many rows a stretch of bfloat16 weights is widened once instead of in every tile, where
  // twice its bytes stay in the first-level cache beside what small tiles read.
  enum { WORTH_WIDENING = TOKENS > 6 ? 3 * TOKENS : INT32_MAX, BLOCK = 240 };
  _Alignas(64) float wide[MUNINN_DEPTH * 32];
  const int64_t depth_bytes = half ? 64 : 128;
  const int64_t panel_bytes = half ? (call->inputs + 1) / 2 * 128 : call->inputs * 128;
  const unsigned char *weights = call->weights;
  for (int64_t block = 0; block < call->tokens; block += BLOCK) {
    int64_t end = block + BLOCK < call->tokens ? block + BLOCK : call->tokens;
    // A block stays in the second-level cache while all panels pass by; rows are dealt out evenly.
    int64_t tiles = (end - block + TOKENS - 1) / TOKENS;
    // One row reads weights once, and in the order in which they lie.
    const int alone = end - block == 1;
    for (int64_t panel = call->first_panel; alone && panel + SIDE <= call->end_panel; panel += SIDE)
      for (int64_t k = 0; k < call->inputs; k += MUNINN_DEPTH) {
        int64_t depth = call->inputs - k < MUNINN_DEPTH ? call->inputs - k : MUNINN_DEPTH;
        NAME(operands) o = {weights + panel * panel_bytes + k * depth_bytes, panel_bytes,
                            call->x + block * call->x_stride + k, call->x_stride, depth, 0, 0};
        NAME(tile)(1, WIDE, SIDE, half, call, o, block, panel * 32, k == 0);
      }
    for (int64_t k = 0; k < call->inputs; k += MUNINN_DEPTH) {
      int64_t depth = call->inputs - k < MUNINN_DEPTH ? call->inputs - k : MUNINN_DEPTH;
      int64_t panel = call->first_panel;
      if (alone) panel += (call->end_panel - panel) / SIDE * SIDE;
      for (; panel < call->end_panel; panel++) {
        const unsigned char *w = weights + panel * panel_bytes + k * depth_bytes;
        const unsigned char *next = w + panel_bytes;
        if (panel + 1 == call->end_panel)
          next = k + depth < call->inputs
                     ? weights + call->first_panel * panel_bytes + (k + depth) * depth_bytes
                     : weights + call->end_panel * panel_bytes;
        int widened = half && end - block >= WORTH_WIDENING;
        if (widened) {
          for (int64_t i = 0; i < depth; i++) {
            const unsigned char *from = w + i / 2 * 128;
            for (int c = 0; c < WIDE; c++) {
              BITS pair = *(const BITS *)(from + c * LANES * 4);
              *(BITS *)(wide + i * 32 + c * LANES) = i & 1 ? pair & 0xffff0000u : pair << 16;
            }
          }
        }
        for (int64_t t = 0; t < tiles; t++) {
          int64_t token = block + (end - block) * t / tiles;
          int rows = (int)(block + (end - block) * (t + 1) / tiles - token);
          const int passes = (int)tiles * (rows >= 4 ? WIDE / NARROW : 1);
          const int64_t step = (widened ? 64 : 128) / passes;
          const int64_t loads = half && !widened ? depth / 2 : depth;
          NAME(operands) o = {widened ? (const unsigned char *)wide : w,
                              panel_bytes,
                              call->x + token * call->x_stride + k,
                              call->x_stride,
                              depth,
                              next + t * (rows >= 4 ? WIDE / NARROW : 1) * loads * step,
                              step};
          if (half && !widened)
            NAME(rows_bf16)(rows, call, o, token, panel * 32, k == 0);
          else
            NAME(rows_f32)(rows, call, o, token, panel * 32, k == 0);
        }
      }
    }
  }
}

static TARGET void NAME(linear_f32)(const muninn_linear_call *call) { NAME(linear)(call, 0); }
static TARGET void NAME(linear_bf16)(const muninn_linear_call *call) { NAME(linear)(call, 1); }
// Activations rounded beforehand; the products are the exact ones.
static TARGET void NAME(linear_fast)(const muninn_linear_call *call) {
  muninn_linear_call rounded = *call;
  rounded.x = call->prepared;
  rounded.x_stride = call->prepared_stride / 4;
  NAME(linear)(&rounded, 1);
}

// ---- Elementwise ----

// exp by halving the range to ±ln 2 / 2 and a polynomial of degree 7. Saturates above 88.3, is zero
// below -87.3, keeps NaN.
INLINE VEC NAME(exp)(VEC x) {
  const float magic = 0x1.8p23f;
  BITS zero = (BITS)(x < -87.3f);
  x = NAME(select)((BITS)(x > 88.3f), NAME(all)(88.3f), x);
  x = NAME(select)(zero, NAME(all)(-87.3f), x);
  VEC shifted = NAME(fma)(x, NAME(all)(0x1.715476p0f), NAME(all)(magic));
  VEC n = shifted - magic;
  VEC r = NAME(fma)(n, NAME(all)(-0x1.62e4p-1f), x);
  r = NAME(fma)(n, NAME(all)(-0x1.7f7d1cp-20f), r);
  VEC p = NAME(all)(1.0f / 5040);
  p = NAME(fma)(p, r, NAME(all)(1.0f / 720));
  p = NAME(fma)(p, r, NAME(all)(1.0f / 120));
  p = NAME(fma)(p, r, NAME(all)(1.0f / 24));
  p = NAME(fma)(p, r, NAME(all)(1.0f / 6));
  p = NAME(fma)(p, r, NAME(all)(0.5f));
  VEC square = r * r;
  p = NAME(fma)(p, square, r) + 1.0f;
  BITS power = ((BITS)shifted << 23) + 0x3f800000u;
  return NAME(select)(zero, (VEC){0}, p * (VEC)power);
}

static TARGET void NAME(silu_multiply)(const float *gate, const float *up, float *y,
                                       int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    VEC g = NAME(load)(gate + i);
    NAME(store)(y + i, g / (NAME(exp)(-g) + 1.0f) * NAME(load)(up + i));
  }
  if (i < count) {
    VEC g = NAME(load_part)(gate + i, count - i), u = NAME(load_part)(up + i, count - i);
    NAME(store_part)(y + i, g / (NAME(exp)(-g) + 1.0f) * u, count - i);
  }
}

static TARGET void NAME(rms_norm)(const float *x, const float *residual, const float *weight,
                                  float epsilon, float *y, int64_t count) {
  VEC sums[4] = {{0}, {0}, {0}, {0}};
  int64_t i = 0;
  for (int which = 0; i + LANES <= count; i += LANES, which = (which + 1) & 3) {
    VEC t = NAME(load)(x + i);
    if (residual) t += NAME(load)(residual + i);
    sums[which] = NAME(fma)(t, t, sums[which]);
  }
  if (i < count) {
    VEC t = NAME(load_part)(x + i, count - i);
    if (residual) t += NAME(load_part)(residual + i, count - i);
    sums[0] = NAME(fma)(t, t, sums[0]);
  }
  float total = NAME(sum)((sums[0] + sums[1]) + (sums[2] + sums[3]));
  // Squares that overflow would make a row of zeros out of huge numbers, which looks like a state.
  float scale = total <= FLT_MAX ? 1 / sqrtf(total / (float)count + epsilon) : NAN;
  for (i = 0; i + LANES <= count; i += LANES) {
    VEC t = NAME(load)(x + i);
    if (residual) t += NAME(load)(residual + i);
    NAME(store)(y + i, t * scale * NAME(load)(weight + i));
  }
  if (i < count) {
    VEC t = NAME(load_part)(x + i, count - i), w = NAME(load_part)(weight + i, count - i);
    if (residual) t += NAME(load_part)(residual + i, count - i);
    NAME(store_part)(y + i, t * scale * w, count - i);
  }
}

static TARGET float NAME(maximum)(const float *x, int64_t count) {
  VEC largest = NAME(all)(-INFINITY);
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    VEC v = NAME(load)(x + i);
    largest = NAME(select)((BITS)(v > largest), v, largest);
  }
  float lanes[LANES], result = -INFINITY;
  NAME(store)(lanes, largest);
  for (int j = 0; j < LANES; j++) result = lanes[j] > result ? lanes[j] : result;
  for (; i < count; i++) result = x[i] > result ? x[i] : result;
  return result;
}

// Float32 sums of at most 64 registers at a time, gathered in float64.
static TARGET void NAME(moments)(const float *x, float maximum, int64_t count, double *sum,
                                 double *weighted) {
  double s = 0, w = 0;
  for (int64_t start = 0; start < count; start += 64 * LANES) {
    VEC se = {0}, we = {0};
    for (int64_t i = start; i < start + 64 * LANES && i < count; i += LANES) {
      VEC v = i + LANES <= count ? NAME(load)(x + i) : NAME(load_part)(x + i, count - i);
      VEC d = v - maximum;
      d = NAME(select)((BITS)(d < -200.0f), NAME(all)(-200), d);
      VEC e = NAME(exp)(d);
      if (i + LANES > count) {
        float lanes[LANES] = {0};
        for (int64_t j = 0; j < count - i; j++) lanes[j] = 1;
        e *= NAME(load)(lanes);
      }
      se += e;
      we = NAME(fma)(e, d, we);
    }
    s += NAME(sum)(se);
    w += NAME(sum)(we);
  }
  *sum = s;
  *weighted = w;
}

static TARGET double NAME(cross)(const float *x, float maximum, const float *y, int64_t count) {
  double total = 0;
  for (int64_t start = 0; start < count; start += 64 * LANES) {
    VEC sum = {0};
    for (int64_t i = start; i < start + 64 * LANES && i < count; i += LANES) {
      int64_t left = count - i;
      VEC v = left >= LANES ? NAME(load)(x + i) : NAME(load_part)(x + i, left);
      VEC u = left >= LANES ? NAME(load)(y + i) : NAME(load_part)(y + i, left);
      VEC d = v - maximum;
      d = NAME(select)((BITS)(d < -200.0f), NAME(all)(-200), d);
      u = NAME(select)((BITS)(u < -1e30f), NAME(all)(-1e30f), u);
      VEC e = NAME(exp)(d);
      if (left < LANES) {
        float lanes[LANES] = {0};
        for (int64_t j = 0; j < left; j++) lanes[j] = 1;
        e *= NAME(load)(lanes);
      }
      sum = NAME(fma)(e, d + maximum - u, sum);
    }
    total += NAME(sum)(sum);
  }
  return total;
}
