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

int64_t muninn_pack(int32_t format, const void *weights, int64_t stride, int64_t outputs,
                    int64_t inputs, void *packed) {
  const unsigned char *bytes = weights;
  for (int64_t row = 0; row < outputs; row++) {
    int64_t panel = row / 32, lane = row % 32;
    if (format == MUNINN_BF16) {
      const unsigned char *source = bytes + row * stride * 2;
      uint16_t *out = (uint16_t *)packed + panel * ((inputs + 1) / 2) * 64 + lane * 2;
      for (int64_t k = 0; k < inputs; k++) {
        uint16_t value = load16(source + k * 2);
        if ((value & 0x7f80) == 0x7f80) return row * inputs + k;
        out[(k / 2) * 64 + (k & 1)] = value;
      }
    } else {
      int size = format == MUNINN_F16 ? 2 : 4;
      const unsigned char *source = bytes + row * stride * size;
      uint32_t *out = (uint32_t *)packed + panel * inputs * 32 + lane;
      for (int64_t k = 0; k < inputs; k++) {
        uint32_t value = size == 2 ? widen_half(load16(source + k * 2)) : load32(source + k * 4);
        if ((value & 0x7f800000) == 0x7f800000) return row * inputs + k;
        out[k * 32] = value;
      }
    }
  }
  return -1;
}
