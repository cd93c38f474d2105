// Products with int8 and int4 weights in blocks of inputs that share a step (tables.h). Activations are
// int8 with a step for MUNINN_UNIT of a row; a block's product is exact in int32, is scaled by the step of
// its weights into a float32 sum, and that by the step of the activations into the result: where dot
// products fill the arithmetic units, what is done a block costs as much as it has instructions. Beside
// NAME, TARGET and LANES (see vector.h) the including file defines
//   INTEGER_TOKENS  rows of the largest tile
//   INTEGER_COLUMNS registers of outputs in a tile
//   INTEGER_SIDE    panels side by side in a tile of one row
//   NAME(ints)      a register of int32
//   NAME(dot)(sum, w, x)   adds the products of four bytes: w unsigned, x signed
//   NAME(dot8)(sum, w, x)  the same for the weight w - BIAS8, w being any byte but 0
//   BIAS8           what NAME(dot8) leaves of the offset 128: 128 or 0
//   KEEP(value)     holds the compiler to the order that is written: it would run through one sum at a
//                   time, each product waiting for the one before

typedef struct {
  const unsigned char *weights;  // record of the first panel at the first block of this stretch
  int64_t panel_bytes, first_block, blocks;
  int64_t ahead;  // bytes from what is read to what is asked for
  // This tile's share of the weights that are read after these, and how far a request goes in it.
  const unsigned char *next;
  int64_t step;
} NAME(records);

INLINE void NAME(integer_tile)(const int rows, const int columns, const int panels, const int four,
                               const muninn_linear_call *call, NAME(records) o, int64_t token,
                               int64_t panel, int strip, int first) {
  const int count = columns * panels;
  const int64_t record = four ? MUNINN_INT4_RECORD : MUNINN_INT8_RECORD;
  const int span = four ? MUNINN_INT4_SPAN : MUNINN_INT8_SPAN, groups = span / (four ? 8 : 4);
  const int64_t padded = muninn_padded(call->inputs);
  VEC total[INTEGER_TOKENS][8], part[INTEGER_TOKENS][8];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < count; c++) total[r][c] = part[r][c] = (VEC){0};
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < count; c++) {
      const int64_t output = (panel + c / columns) * 32 + (strip + c % columns) * LANES;
      __builtin_prefetch(call->y + (token + r) * call->y_stride + output, 1);
    }
  const unsigned char *x = (const unsigned char *)call->prepared + token * call->prepared_stride;
  const unsigned char *offsets = x + (four ? muninn_offsets4(padded) : padded);
  const unsigned char *units = x + muninn_units(padded), *next = o.next;
  for (int64_t b = 0; b < o.blocks; b++) {
    const int64_t block = o.first_block + b;
    const unsigned char *w = o.weights + b * record;
    NAME(ints) sum[INTEGER_TOKENS][8];
    UNROLL for (int r = 0; r < rows; r++) {
      int32_t offset = 0;
      if (four || BIAS8 != 0) memcpy(&offset, offsets + r * call->prepared_stride + block * 4, 4);
      UNROLL for (int c = 0; c < count; c++) sum[r][c] = offset + (NAME(ints)){0};
    }
    UNROLL for (int p = 0; p < panels; p++) {
      __builtin_prefetch(w + p * o.panel_bytes + o.ahead);
      UNROLL for (int g = 0; g < groups; g++) {
        const unsigned char *at = w + p * o.panel_bytes + 64 + g * 128 + strip * LANES * 4;
        __builtin_prefetch(at + o.ahead);
        __builtin_prefetch(at + o.ahead + 64);
        __builtin_prefetch(next, 0, 2);
        next += o.step;
        NAME(ints) low[8], high[8];
        UNROLL for (int c = 0; c < columns; c++) {
          BITS v = *(const BITS *)(at + c * LANES * 4);
          low[c] = (NAME(ints))(four ? v & 0x0f0f0f0fu : v);
          high[c] = (NAME(ints))(v >> 4 & 0x0f0f0f0fu);
        }
        UNROLL for (int r = 0; r < rows; r++) {
          int32_t word;
          const unsigned char *xr = x + r * call->prepared_stride + block * span + g * 4;
          memcpy(&word, xr, 4);
          NAME(ints) a = word - (NAME(ints)){0};
          UNROLL for (int c = 0; c < columns; c++) {
            const int i = p * columns + c;
            sum[r][i] = four ? NAME(dot)(sum[r][i], low[c], a) : NAME(dot8)(sum[r][i], low[c], a);
            if (!four) KEEP(sum[r][i]);
          }
          if (four) {
            memcpy(&word, xr + MUNINN_HALF, 4);
            a = word - (NAME(ints)){0};
            UNROLL for (int c = 0; c < columns; c++)
              sum[r][p * columns + c] = NAME(dot)(sum[r][p * columns + c], high[c], a);
          }
        }
      }
    }
    UNROLL for (int p = 0; p < panels; p++)
      UNROLL for (int c = 0; c < columns; c++) {
        const int place = strip + c;
        BITS words = *(const BITS *)(w + p * o.panel_bytes + place % (WIDE / 2) * LANES * 4);
        VEC step = (VEC)(place < WIDE / 2 ? words << 16 : words & 0xffff0000u);
        const int i = p * columns + c;
        UNROLL for (int r = 0; r < rows; r++)
          part[r][i] = NAME(fma)(__builtin_convertvector(sum[r][i], VEC), step, part[r][i]);
      }
    if ((block + 1) * span % MUNINN_UNIT == 0 || b + 1 == o.blocks)
      UNROLL for (int r = 0; r < rows; r++) {
        float unit;
        memcpy(&unit, units + r * call->prepared_stride + block * span / MUNINN_UNIT * 4, 4);
        UNROLL for (int i = 0; i < count; i++) {
          total[r][i] = NAME(fma)(part[r][i], NAME(all)(unit), total[r][i]);
          part[r][i] = (VEC){0};
        }
      }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int c = 0; c < count; c++)
      NAME(put)(call, token + r,
                (panel + c / columns) * 32 + (strip + c % columns) * LANES, total[r][c], first);
}

#define INTEGER_STRIPS(ROWS)                                                                    \
  case ROWS:                                                                                    \
    for (int strip = 0; strip < WIDE; strip += INTEGER_COLUMNS)                                 \
      NAME(integer_tile)(ROWS, INTEGER_COLUMNS, 1, four, call, o, token, panel, strip, first);  \
    break;

INLINE void NAME(integer_rows)(int rows, const int four, const muninn_linear_call *call,
                               NAME(records) o, int64_t token, int64_t panel, int first) {
  switch (rows) {
    INTEGER_STRIPS(1)
    INTEGER_STRIPS(2)
    INTEGER_STRIPS(3)
#if INTEGER_TOKENS > 3
    INTEGER_STRIPS(4)
    INTEGER_STRIPS(5)
    INTEGER_STRIPS(6)
#endif
  }
}

INLINE void NAME(linear_integer)(const muninn_linear_call *call, const int four) {
  // A stretch of a panel's records and of many rows stays in the second-level cache while the tiles of
  // rows pass over it, and each asks for its share of the stretch that is read next, so that memory is
  // always busy. The sum starts anew with every stretch, for one row as for many: a row never depends on
  // its company.
  enum { STRETCH = 5376, AHEAD = 4096 };
  const int64_t record = four ? MUNINN_INT4_RECORD : MUNINN_INT8_RECORD;
  const int64_t span = four ? MUNINN_INT4_SPAN : MUNINN_INT8_SPAN, groups = span / (four ? 8 : 4);
  const int64_t blocks = (call->inputs + span - 1) / span, panel_bytes = blocks * record;
  const int64_t tiles = (call->tokens + INTEGER_TOKENS - 1) / INTEGER_TOKENS;
  const int64_t stretches = (blocks * span + STRETCH - 1) / STRETCH, unit = MUNINN_UNIT / span;
  const int64_t even = (blocks + stretches - 1) / stretches + unit - 1, stretch = even / unit * unit;
  const unsigned char *weights = call->weights;
  // One row reads weights in the order in which they lie.
  const int64_t side = call->tokens == 1 ? (call->end_panel - call->first_panel) / INTEGER_SIDE : 0;
  const int64_t shared = call->first_panel + side * INTEGER_SIDE;
  NAME(records) o = {0, panel_bytes, 0, 0, AHEAD, weights, 0};
  for (int64_t panel = call->first_panel; panel < shared; panel += INTEGER_SIDE)
    for (int64_t b = 0; b < blocks; b += stretch) {
      o.first_block = b, o.blocks = blocks - b < stretch ? blocks - b : stretch;
      o.weights = weights + panel * panel_bytes + b * record;
      for (int strip = 0; strip < WIDE; strip += INTEGER_COLUMNS)
        NAME(integer_tile)(1, INTEGER_COLUMNS, INTEGER_SIDE, four, call, o, 0, panel, strip, b == 0);
    }
  // What a tile asks for lies evenly in its share, one request a group.
  if (tiles > 1) o.step = (record + groups * tiles - 1) / (groups * tiles);
  for (int64_t b = 0; b < blocks; b += stretch) {
    o.first_block = b, o.blocks = blocks - b < stretch ? blocks - b : stretch;
    for (int64_t panel = shared; panel < call->end_panel; panel++) {
      o.weights = weights + panel * panel_bytes + b * record;
      const unsigned char *next = o.weights + panel_bytes;
      if (panel + 1 == call->end_panel && b + stretch < blocks)
        next = weights + shared * panel_bytes + (b + stretch) * record;
      for (int64_t t = 0; t < tiles; t++) {
        const int64_t token = call->tokens * t / tiles;
        const int rows = (int)(call->tokens * (t + 1) / tiles - token);
        if (tiles > 1) o.next = next + t * o.blocks * groups * o.step;
        NAME(integer_rows)(rows, four, call, o, token, panel, b == 0);
      }
    }
  }
}

TARGET void NAME(linear_int8)(const muninn_linear_call *call) { NAME(linear_integer)(call, 0); }
TARGET void NAME(linear_int4)(const muninn_linear_call *call) { NAME(linear_integer)(call, 1); }

#include "prepare.h"

TARGET void NAME(prepare_integer)(const float *x, int64_t inputs, void *out) {
  NAME(prepare_bytes)(x, inputs, out);
}
