// Turns a row of activations into int8 with their sums and steps, as tables.h says. The including file
// defines NAME, TARGET and LANES (see vector.h).

typedef signed char NAME(bytes) __attribute__((vector_size(LANES), aligned(1)));

INLINE void NAME(prepare_bytes)(const float *x, int64_t inputs, void *out) {
#pragma STDC FP_CONTRACT OFF
  const int64_t padded = muninn_padded(inputs);
  signed char *q = out;
  int32_t *offsets = (int32_t *)(q + padded), *offsets4 = (int32_t *)(q + muninn_offsets4(padded));
  float *units = (float *)(q + muninn_units(padded));
  for (int64_t first = 0; first < padded; first += MUNINN_UNIT) {
    const int64_t left = inputs - first, count = left < MUNINN_UNIT ? left : MUNINN_UNIT;
    float part[MUNINN_UNIT];
    const float *v = x + first;
    if (count < MUNINN_UNIT) {
      memset(part, 0, sizeof part);
      memcpy(part, v, (size_t)count * 4);
      v = part;
    }
    BITS most = {0};
    for (int i = 0; i < MUNINN_UNIT; i += LANES) {
      BITS size = *(const BITS *)(v + i) & 0x7fffffffu;
      most = NAME(select_bits)((BITS)(size > most), size, most);
    }
    uint32_t lanes[LANES], largest_bits = 0;
    memcpy(lanes, &most, sizeof lanes);
    for (int i = 0; i < LANES; i++) largest_bits = lanes[i] > largest_bits ? lanes[i] : largest_bits;
    float largest;
    memcpy(&largest, &largest_bits, 4);
    // Nothing but zeros, or something not finite: then the step says so, and 0 times it is not finite.
    const float inverse = largest >= MUNINN_LEAST && largest <= FLT_MAX ? 127.0f / largest : 0;
    units[first / MUNINN_UNIT] = largest / 127.0f;
    int32_t block = 0;
    for (int64_t k = first; k < padded && k < first + MUNINN_UNIT; k += 32, v += 32) {
      BITS sum = {0};
      for (int i = 0; i < 32; i += LANES) {
        BITS whole = {0};
        if (inverse > 0) whole = (BITS)(NAME(load)(v + i) * inverse + 0x1.8p23f) - 0x4b400000u;
        *(NAME(bytes) *)(q + k + i) = __builtin_convertvector(whole, NAME(bytes));
        sum += whole;
      }
      memcpy(lanes, &sum, sizeof lanes);
      uint32_t total = 0;
      for (int i = 0; i < LANES; i++) total += lanes[i];
      block = (k % MUNINN_INT8_SPAN == 0 ? 0 : block) - 128 * (int32_t)total;
      offsets[k / MUNINN_INT8_SPAN] = block;
      offsets4[k / MUNINN_INT4_SPAN] = -8 * (int32_t)total;
    }
  }
}
