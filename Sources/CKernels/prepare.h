// Turns a row of activations into int8 with their sums and steps, as tables.h says. The including file
// defines NAME, TARGET and LANES (see vector.h).

typedef signed char NAME(bytes) __attribute__((vector_size(LANES), aligned(1)));

INLINE void NAME(prepare_bytes)(const float *x, int64_t inputs, void *out) {
#pragma STDC FP_CONTRACT OFF
  const int64_t blocks = (inputs + 31) / 32;
  signed char *q = out;
  int32_t *offsets = (int32_t *)(q + blocks * 32), *offsets4 = offsets + blocks;
  float *units = (float *)(offsets4 + blocks);
  for (int64_t first = 0; first < blocks; first += MUNINN_UNIT_BLOCKS) {
    const int64_t left = inputs - first * 32;
    const int64_t count = left < MUNINN_UNIT_BLOCKS * 32 ? left : MUNINN_UNIT_BLOCKS * 32;
    float part[MUNINN_UNIT_BLOCKS * 32];
    const float *v = x + first * 32;
    if (count < MUNINN_UNIT_BLOCKS * 32) {
      memset(part, 0, sizeof part);
      memcpy(part, v, (size_t)count * 4);
      v = part;
    }
    BITS most = {0};
    for (int i = 0; i < MUNINN_UNIT_BLOCKS * 32; i += LANES) {
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
    units[first / MUNINN_UNIT_BLOCKS] = largest / 127.0f;
    for (int64_t b = first; b < blocks && b < first + MUNINN_UNIT_BLOCKS; b++, v += 32) {
      BITS sum = {0};
      for (int i = 0; i < 32; i += LANES) {
        BITS whole = {0};
        if (inverse > 0) whole = (BITS)(NAME(load)(v + i) * inverse + 0x1.8p23f) - 0x4b400000u;
        *(NAME(bytes) *)(q + b * 32 + i) = __builtin_convertvector(whole, NAME(bytes));
        sum += whole;
      }
      memcpy(lanes, &sum, sizeof lanes);
      uint32_t total = 0;
      for (int i = 0; i < LANES; i++) total += lanes[i];
      offsets[b] = -128 * (int32_t)total;
      offsets4[b] = -8 * (int32_t)total;
    }
  }
}
