// Packing with vector registers: stored rows are read LANES at a time, turned on their diagonal and
// written as panels. See vector.h for NAME, TARGET and LANES.

// Interleaving the halves of two registers, LANES being 4, 8 or 16.
#if LANES == 16
#define LOWS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGHS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOWS 0, 8, 1, 9, 2, 10, 3, 11
#define HIGHS 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOWS 0, 4, 1, 5
#define HIGHS 2, 6, 3, 7
#endif

// Reads a square of 32-bit words, one row from each of LANES rows, and writes its columns 32 words
// apart. Interleaving row i with row i + LANES/2 moves one bit of the row number into the column
// number; after log2(LANES) rounds they have changed places.
INLINE void NAME(turn)(const unsigned char *rows, int64_t row_bytes, uint32_t *out, BITS *seen,
                       const uint32_t mask) {
  BITS a[LANES], b[LANES];
  UNROLL for (int i = 0; i < LANES; i++) {
    a[i] = *(const BITS *)(rows + i * row_bytes);
    // The 32 rows of a panel are more streams than the hardware follows.
    __builtin_prefetch(rows + i * row_bytes + 512);
    *seen |= (BITS)((a[i] & mask) == mask);
    if (mask == 0x7f80) *seen |= (BITS)((a[i] >> 16 & mask) == mask);
  }
  UNROLL for (int round = 1; round < LANES; round *= 2) {
    UNROLL for (int i = 0; i < LANES / 2; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + LANES / 2], LOWS);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + LANES / 2], HIGHS);
    }
    UNROLL for (int i = 0; i < LANES; i++) a[i] = b[i];
  }
  UNROLL for (int i = 0; i < LANES; i++) *(BITS *)(out + i * 32) = a[i];
}

INLINE int NAME(any)(BITS v) {
  uint32_t lanes[LANES], all = 0;
  memcpy(lanes, &v, sizeof lanes);
  for (int i = 0; i < LANES; i++) all |= lanes[i];
  return all != 0;
}

// One whole panel whose packed words are the stored ones: float32, or pairs of bfloat16.
INLINE int NAME(copy_panel)(const unsigned char *rows, int64_t row_bytes, int64_t words,
                            uint32_t *out, const uint32_t mask) {
  BITS seen = {0};
  for (int64_t w = 0; w + LANES <= words; w += LANES)
    for (int lane = 0; lane < 32; lane += LANES)
      NAME(turn)(rows + lane * row_bytes + w * 4, row_bytes, out + w * 32 + lane, &seen, mask);
  return NAME(any)(seen);
}

// 32 inputs of 32 outputs as float32 [input][output].
INLINE int NAME(fill)(const muninn_pack_call *call, int64_t panel, int64_t k, float *tile) {
  BITS seen = {0};
  const int whole = (panel + 1) * 32 <= call->outputs && k + 32 <= call->inputs;
  if (whole && call->stored == MUNINN_F32) {
    const unsigned char *rows =
        (const unsigned char *)call->weights + (panel * 32 * call->stride + k) * 4;
    for (int w = 0; w < 32; w += LANES)
      for (int lane = 0; lane < 32; lane += LANES)
        NAME(turn)(rows + lane * call->stride * 4 + w * 4, call->stride * 4,
                   (uint32_t *)tile + w * 32 + lane, &seen, 0x7f800000);
  } else if (whole && call->stored == MUNINN_BF16) {
    const unsigned char *rows =
        (const unsigned char *)call->weights + (panel * 32 * call->stride + k) * 2;
    uint32_t pairs[16 * 32];
    for (int w = 0; w < 16; w += LANES)
      for (int lane = 0; lane < 32; lane += LANES)
        NAME(turn)(rows + lane * call->stride * 2 + w * 4, call->stride * 2,
                   pairs + w * 32 + lane, &seen, 0x7f80);
    for (int i = 0; i < 16 * 32; i += LANES) {
      BITS pair = *(const BITS *)(pairs + i);
      float *at = tile + i / 32 * 64 + i % 32;
      *(BITS *)at = pair << 16;
      *(BITS *)(at + 32) = pair & 0xffff0000u;
    }
  } else {
    return muninn_fill(call, panel, k, tile);
  }
  return NAME(any)(seen);
}

#define NEAREST(x) (((x) + 0x1.8p23f) - 0x1.8p23f)

INLINE VEC NAME(clamp)(VEC v, float least, float most) {
  v = NAME(select)((BITS)(v < least), NAME(all)(least), v);
  return NAME(select)((BITS)(v > most), NAME(all)(most), v);
}

// Whole numbers from -128 to 127 as words.
INLINE BITS NAME(whole)(VEC v) { return (BITS)(v + 0x1.8p23f) - 0x4b400000u; }

INLINE void NAME(pack_int8)(const float *tile, unsigned char *record) {
#pragma STDC FP_CONTRACT OFF
  uint32_t scales[32];
  for (int c = 0; c < 32; c += LANES) {
    BITS largest = {0};
    for (int k = 0; k < MUNINN_INT8_SPAN; k++) {
      BITS size = *(const BITS *)(tile + k * 32 + c) & 0x7fffffffu;
      largest = NAME(select_bits)((BITS)(size > largest), size, largest);
    }
    // Rounded up, so that the largest weight stays within 127 steps.
    BITS step = ((BITS)((VEC)largest / 127.0f) + 0xffffu) & 0xffff0000u;
    step = NAME(select_bits)((BITS)((VEC)largest >= MUNINN_LEAST), step, (BITS){0});
    *(BITS *)(scales + c) = step >> 16;
    VEC inverse = NAME(select)((BITS)(step != 0), 1.0f / (VEC)step, (VEC){0});
    for (int k = 0; k < MUNINN_INT8_SPAN; k += 4) {
      BITS word = {0};
      for (int i = 0; i < 4; i++) {
        VEC v = NAME(clamp)(NAME(load)(tile + (k + i) * 32 + c) * inverse, -127, 127);
        word |= (NAME(whole)(v) + 128) << (8 * i);
      }
      *(BITS *)(record + 64 + k * 32 + c * 4) = word;
    }
  }
  muninn_put_scales(scales, record);
}

INLINE void NAME(pack_int4)(const float *tile, unsigned char *record) {
#pragma STDC FP_CONTRACT OFF
  uint32_t scales[32];
  for (int c = 0; c < 32; c += LANES) {
    VEC extreme = {0};
    for (int k = 0; k < MUNINN_INT4_SPAN; k++) {
      VEC v = NAME(load)(tile + k * 32 + c);
      BITS more = (BITS)(((BITS)v & 0x7fffffffu) > ((BITS)extreme & 0x7fffffffu));
      extreme = NAME(select)(more, v, extreme);
    }
    BITS zero = (BITS)((VEC)((BITS)extreme & 0x7fffffffu) < MUNINN_LEAST);
    VEC unit = NAME(select)(zero, (VEC){0}, 1.0f / extreme);
    // Of several steps the one whose best fit leaves the least error.
    VEC best = {0}, fit = {0};
    for (int i = 0; i < MUNINN_STEPS; i++) {
      VEC inverse = unit * (-7.0f - 0.25f * (float)i), cross = {0}, square = {0};
      for (int k = 0; k < MUNINN_INT4_SPAN; k++) {
        VEC v = NAME(load)(tile + k * 32 + c);
        VEC q = NAME(clamp)(NEAREST(v * inverse), -8, 7);
        cross = cross + v * unit * q;
        square = square + q * q;
      }
      VEC gain = NAME(select)((BITS)(square > 0.0f), cross * cross / square, (VEC){0});
      BITS better = (BITS)(gain > best);
      best = NAME(select)(better, gain, best);
      fit = NAME(select)(better, cross / square, fit);
    }
    BITS step = (BITS)(fit * extreme);
    step = (step + 0x7fffu + (step >> 16 & 1)) & 0xffff0000u;
    step = NAME(select_bits)(zero, (BITS){0}, step);
    *(BITS *)(scales + c) = step >> 16;
    VEC inverse = NAME(select)((BITS)(step << 1 != 0), 1.0f / (VEC)step, (VEC){0});
    for (int k = 0; k < MUNINN_HALF; k += 4) {
      BITS word = {0};
      for (int i = 0; i < 4; i++) {
        VEC low = NAME(load)(tile + (k + i) * 32 + c) * inverse;
        VEC high = NAME(load)(tile + (k + i + MUNINN_HALF) * 32 + c) * inverse;
        word |= (NAME(whole)(NAME(clamp)(low, -8, 7)) + 8) << (8 * i);
        word |= (NAME(whole)(NAME(clamp)(high, -8, 7)) + 8) << (8 * i + 4);
      }
      *(BITS *)(record + 64 + k * 32 + c * 4) = word;
    }
  }
  muninn_put_scales(scales, record);
}

INLINE BITS NAME(round_bits)(BITS v) {
  BITS size = v & 0x7fffffffu;
  // The largest float32 numbers become the largest bfloat16, not infinity.
  size = NAME(select_bits)((BITS)(size > 0x7f7f7fffu), (BITS){0} + 0x7f7f7fffu, size);
  return (v & 0x80000000u) | (size + 0x7fffu + (size >> 16 & 1));
}

INLINE void NAME(pack_rounded)(const float *tile, int64_t pairs, uint32_t *out) {
  for (int64_t p = 0; p < pairs; p++)
    for (int c = 0; c < 32; c += LANES) {
      BITS low = NAME(round_bits)(*(const BITS *)(tile + p * 64 + c));
      BITS high = NAME(round_bits)(*(const BITS *)(tile + p * 64 + 32 + c));
      *(BITS *)(out + p * 32 + c) = low >> 16 | (high & 0xffff0000u);
    }
}

static TARGET int64_t NAME(pack)(const muninn_pack_call *call) {
  const int64_t panel_bytes = muninn_packed_bytes(call->format, 32, call->inputs);
  const int64_t size = call->stored == MUNINN_F32 ? 4 : 2;
  const int same = call->stored == call->format;
  for (int64_t panel = call->first_panel; panel < call->end_panel; panel++) {
    unsigned char *out = (unsigned char *)call->packed + panel * panel_bytes;
    int bad = 0;
    if (same && (panel + 1) * 32 <= call->outputs) {
      const unsigned char *rows =
          (const unsigned char *)call->weights + panel * 32 * call->stride * size;
      const int64_t words = size == 4 ? call->inputs : call->inputs / 2;
      bad = size == 4
                ? NAME(copy_panel)(rows, call->stride * 4, words, (uint32_t *)out, 0x7f800000)
                : NAME(copy_panel)(rows, call->stride * 2, words, (uint32_t *)out, 0x7f80);
      bad |= muninn_pack_columns(call, panel, words / LANES * LANES * (4 / size));
    } else if (same || (call->format == MUNINN_F32)) {
      bad = muninn_pack_columns(call, panel, 0);
    } else {
      float tile[MUNINN_SPAN * 32];
      const int span = muninn_span(call->format);
      for (int64_t k = 0; k < call->inputs; k += span) {
        for (int i = 0; i < span; i += 32) bad |= NAME(fill)(call, panel, k + i, tile + i * 32);
        if (call->format == MUNINN_INT8) {
          NAME(pack_int8)(tile, out + k / span * MUNINN_INT8_RECORD);
        } else if (call->format == MUNINN_INT4) {
          NAME(pack_int4)(tile, out + k / span * MUNINN_INT4_RECORD);
        } else {
          const int64_t left = (call->inputs - k + 1) / 2;
          NAME(pack_rounded)(tile, left < 16 ? left : 16, (uint32_t *)out + k / 2 * 32);
        }
      }
    }
    if (bad) return muninn_first_bad(call, panel);
  }
  return -1;
}

