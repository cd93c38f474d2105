// Packs stored weights into panels and refuses numbers that are not finite.
#include <string.h>
#include "kernels.h"

int64_t muninn_packed_bytes(int32_t format, int64_t outputs, int64_t inputs) {
  int64_t panels = (outputs + 31) / 32;
  return format == MUNINN_BF16 ? panels * ((inputs + 1) / 2) * 128 : panels * inputs * 128;
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

static uint32_t load32(const unsigned char *p) {
  uint32_t value;
  memcpy(&value, p, 4);
  return value;
}

static uint16_t load16(const unsigned char *p) {
  uint16_t value;
  memcpy(&value, p, 2);
  return value;
}

// Packs inputs [from, to) of one row; -1, or the first input that is not finite.
static int64_t pack_part(int32_t format, const unsigned char *row, int64_t from, int64_t to,
                         int64_t lane, void *panel) {
  if (format == MUNINN_BF16) {
    uint16_t *out = (uint16_t *)panel + lane * 2;
    for (int64_t k = from; k < to; k++) {
      uint16_t value = load16(row + k * 2);
      if ((value & 0x7f80) == 0x7f80) return k;
      out[(k / 2) * 64 + (k & 1)] = value;
    }
  } else {
    uint32_t *out = (uint32_t *)panel + lane;
    for (int64_t k = from; k < to; k++) {
      uint32_t value = format == MUNINN_F16 ? widen_half(load16(row + k * 2)) : load32(row + k * 4);
      if ((value & 0x7f800000) == 0x7f800000) return k;
      out[k * 32] = value;
    }
  }
  return -1;
}

int64_t muninn_pack(int32_t format, const void *weights, int64_t stride, int64_t outputs,
                    int64_t inputs, void *packed) {
  // Stretches short enough that what 32 rows write stays in the first-level cache.
  enum { STRETCH = 128 };
  const int64_t size = format == MUNINN_F32 ? 4 : 2;
  const int64_t panel_bytes = muninn_packed_bytes(format, 32, inputs);
  int64_t first = -1;
  for (int64_t row = 0; row < outputs && first < 0; row += 32) {
    unsigned char *panel = (unsigned char *)packed + row / 32 * panel_bytes;
    int64_t lanes = outputs - row < 32 ? outputs - row : 32;
    for (int64_t from = 0; from < inputs; from += STRETCH) {
      int64_t to = from + STRETCH < inputs ? from + STRETCH : inputs;
      for (int64_t lane = 0; lane < lanes; lane++) {
        const unsigned char *source = (const unsigned char *)weights + (row + lane) * stride * size;
        int64_t bad = pack_part(format, source, from, to, lane, panel);
        if (bad >= 0 && (first < 0 || (row + lane) * inputs + bad < first))
          first = (row + lane) * inputs + bad;
      }
    }
  }
  return first;
}
