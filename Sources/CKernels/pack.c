// Packs stored weights into panels, one number at a time: the twin of pack.h, and its helper where
// a panel or a block is not whole.
#include <math.h>
#include <string.h>
#include "tables.h"

int64_t muninn_packed_bytes(int32_t format, int64_t outputs, int64_t inputs) {
  const int64_t panels = (outputs + 31) / 32;
  switch (format) {
    case MUNINN_BF16: return panels * ((inputs + 1) / 2) * 128;
    case MUNINN_INT8:
      return panels * ((inputs + MUNINN_INT8_SPAN - 1) / MUNINN_INT8_SPAN) * MUNINN_INT8_RECORD;
    case MUNINN_INT4:
      return panels * ((inputs + MUNINN_INT4_SPAN - 1) / MUNINN_INT4_SPAN) * MUNINN_INT4_RECORD;
    default: return panels * inputs * 128;
  }
}

int64_t muninn_prepared_alike(int64_t inputs) {
  return muninn_units(muninn_padded(inputs)) + (inputs + MUNINN_UNIT - 1) / MUNINN_UNIT * 4;
}

// Exact widening of an IEEE half, subnormal numbers included; exponent 31 stays non-finite.
static uint32_t widen_half(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, mantissa = half & 1023;
  if (exponent == 31) return sign | 0x7f800000 | mantissa << 13;
  if (exponent) return sign | (exponent + 112) << 23 | mantissa << 13;
  if (!mantissa) return sign;
  int shift = __builtin_clz(mantissa) - 21;
  return sign | (uint32_t)(113 - shift) << 23 | (mantissa << shift & 1023) << 13;
}

static float number(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static uint32_t bits(float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  return word;
}

// A stored weight as the bits of a float32; the address need not be aligned.
static uint32_t stored(const muninn_pack_call *call, int64_t row, int64_t k) {
  const int64_t index = row * call->stride + k;
  const unsigned char *base = call->weights;
  uint32_t word;
  uint16_t half;
  if (call->stored == MUNINN_F32) {
    memcpy(&word, base + index * 4, 4);
    return word;
  }
  memcpy(&half, base + index * 2, 2);
  return call->stored == MUNINN_BF16 ? (uint32_t)half << 16 : widen_half(half);
}

static int64_t rows_of(const muninn_pack_call *call, int64_t panel) {
  const int64_t left = call->outputs - panel * 32;
  return left < 32 ? left : 32;
}

int64_t muninn_first_bad(const muninn_pack_call *call, int64_t panel) {
  const int64_t rows = rows_of(call, panel);
  for (int64_t row = panel * 32; row < panel * 32 + rows; row++)
    for (int64_t k = 0; k < call->inputs; k++)
      if ((stored(call, row, k) & 0x7f800000) == 0x7f800000) return row * call->inputs + k;
  return -1;
}

int muninn_pack_columns(const muninn_pack_call *call, int64_t panel, int64_t from) {
  // Stretches short enough that what 32 rows write stays in the first-level cache.
  enum { STRETCH = 128 };
  const int64_t rows = rows_of(call, panel);
  unsigned char *out = (unsigned char *)call->packed +
                       panel * muninn_packed_bytes(call->format, 32, call->inputs);
  int bad = 0;
  for (; from < call->inputs; from += STRETCH) {
    const int64_t to = from + STRETCH < call->inputs ? from + STRETCH : call->inputs;
    for (int64_t lane = 0; lane < rows; lane++)
      for (int64_t k = from; k < to; k++) {
        const uint32_t word = stored(call, panel * 32 + lane, k);
        bad |= (word & 0x7f800000) == 0x7f800000;
        if (call->format == MUNINN_BF16)
          ((uint16_t *)out)[(k / 2) * 64 + lane * 2 + (k & 1)] = (uint16_t)(word >> 16);
        else
          ((uint32_t *)out)[k * 32 + lane] = word;
      }
  }
  return bad;
}

int muninn_fill(const muninn_pack_call *call, int64_t panel, int64_t k, float *tile) {
  const int64_t rows = rows_of(call, panel), left = call->inputs - k;
  int bad = 0;
  memset(tile, 0, 32 * 32 * sizeof *tile);
  for (int64_t lane = 0; lane < rows; lane++)
    for (int64_t i = 0; i < 32 && i < left; i++) {
      const uint32_t word = stored(call, panel * 32 + lane, k + i);
      bad |= (word & 0x7f800000) == 0x7f800000;
      tile[i * 32 + lane] = number(word);
    }
  return bad;
}

int muninn_span(int32_t format) {
  return format == MUNINN_INT8 ? MUNINN_INT8_SPAN : format == MUNINN_INT4 ? MUNINN_INT4_SPAN : 32;
}

void muninn_put_scales(const uint32_t *scales, unsigned char *record) {
  for (int i = 0; i < 16; i++) {
    const uint32_t word = scales[i] | scales[i + 16] << 16;
    memcpy(record + i * 4, &word, 4);
  }
}

static float nearest(float x) {
#pragma STDC FP_CONTRACT OFF
  return (x + 0x1.8p23f) - 0x1.8p23f;
}

static float clamp(float x, float least, float most) {
  x = x < least ? least : x;
  return x > most ? most : x;
}

static void pack_int8(const float *tile, unsigned char *record) {
  uint32_t scales[32];
  for (int lane = 0; lane < 32; lane++) {
    float largest = 0;
    for (int k = 0; k < MUNINN_INT8_SPAN; k++) largest = fmaxf(largest, fabsf(tile[k * 32 + lane]));
    // Rounded up, so that the largest weight stays within 127 steps.
    uint32_t step = (bits(largest / 127.0f) + 0xffff) & 0xffff0000u;
    if (!(largest >= MUNINN_LEAST)) step = 0;
    scales[lane] = step >> 16;
    const float inverse = step ? 1.0f / number(step) : 0;
    for (int k = 0; k < MUNINN_INT8_SPAN; k++) {
      const float q = nearest(clamp(tile[k * 32 + lane] * inverse, -127, 127));
      record[64 + k / 4 * 128 + lane * 4 + k % 4] = (unsigned char)(int)(q + 128);
    }
  }
  muninn_put_scales(scales, record);
}

static void pack_int4(const float *tile, unsigned char *record) {
#pragma STDC FP_CONTRACT OFF
  uint32_t scales[32];
  memset(record, 0, MUNINN_INT4_RECORD);
  for (int lane = 0; lane < 32; lane++) {
    float extreme = 0;
    for (int k = 0; k < MUNINN_INT4_SPAN; k++)
      if (fabsf(tile[k * 32 + lane]) > fabsf(extreme)) extreme = tile[k * 32 + lane];
    const int zero = fabsf(extreme) < MUNINN_LEAST;
    const float unit = zero ? 0 : 1.0f / extreme;
    // Of several steps the one whose best fit leaves the least error.
    float best = 0, fit = 0;
    for (int i = 0; i < MUNINN_STEPS; i++) {
      const float inverse = unit * (-7.0f - 0.25f * (float)i);
      float cross = 0, square = 0;
      for (int k = 0; k < MUNINN_INT4_SPAN; k++) {
        const float v = tile[k * 32 + lane], q = clamp(nearest(v * inverse), -8, 7);
        cross = cross + v * unit * q;
        square = square + q * q;
      }
      const float gain = square > 0 ? cross * cross / square : 0;
      if (gain > best) best = gain, fit = cross / square;
    }
    uint32_t step = bits(fit * extreme);
    step = zero ? 0 : (step + 0x7fff + (step >> 16 & 1)) & 0xffff0000u;
    scales[lane] = step >> 16;
    const float inverse = step << 1 ? 1.0f / number(step) : 0;
    for (int k = 0; k < MUNINN_INT4_SPAN; k++) {
      const float q = nearest(clamp(tile[k * 32 + lane] * inverse, -8, 7));
      record[64 + k % MUNINN_HALF / 4 * 128 + lane * 4 + k % 4] |=
          (unsigned char)((int)(q + 8) << (k < MUNINN_HALF ? 0 : 4));
    }
  }
  muninn_put_scales(scales, record);
}

// Rounds to the nearest bfloat16, ties to even; the largest numbers do not become infinite.
static uint32_t rounded(float value) {
  uint32_t word = bits(value), size = word & 0x7fffffff;
  if (size > 0x7f7f7fff) size = 0x7f7f7fff;
  return ((word & 0x80000000u) | (size + 0x7fff + (size >> 16 & 1))) >> 16;
}

static void pack_rounded(const float *tile, int64_t pairs, uint32_t *out) {
  for (int64_t p = 0; p < pairs; p++)
    for (int lane = 0; lane < 32; lane++)
      out[p * 32 + lane] =
          rounded(tile[p * 64 + lane]) | rounded(tile[p * 64 + 32 + lane]) << 16;
}

int64_t muninn_scalar_pack(const muninn_pack_call *call) {
  const int64_t panel_bytes = muninn_packed_bytes(call->format, 32, call->inputs);
  for (int64_t panel = call->first_panel; panel < call->end_panel; panel++) {
    unsigned char *out = (unsigned char *)call->packed + panel * panel_bytes;
    int bad = 0;
    if (call->format == MUNINN_F32 || call->format == call->stored) {
      bad = muninn_pack_columns(call, panel, 0);
    } else {
      float tile[MUNINN_SPAN * 32];
      const int span = muninn_span(call->format);
      for (int64_t k = 0; k < call->inputs; k += span) {
        const int64_t pairs = (call->inputs - k + 1) / 2;
        for (int i = 0; i < span; i += 32) bad |= muninn_fill(call, panel, k + i, tile + i * 32);
        if (call->format == MUNINN_INT8)
          pack_int8(tile, out + k / span * MUNINN_INT8_RECORD);
        else if (call->format == MUNINN_INT4)
          pack_int4(tile, out + k / span * MUNINN_INT4_RECORD);
        else
          pack_rounded(tile, pairs < 16 ? pairs : 16, (uint32_t *)out + k / 2 * 32);
      }
    }
    if (bad) return muninn_first_bad(call, panel);
  }
  return -1;
}
