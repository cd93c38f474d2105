// Random numbers of a place, as random.c says what they are; compiled for each instruction set. What is
// rounded is rounded as there: products, sums and roots one by one, none of them fused, in one order.

typedef uint64_t NAME(words) __attribute__((vector_size(LANES * 4), aligned(8)));
typedef int64_t NAME(signed_words) __attribute__((vector_size(LANES * 4), aligned(8)));
typedef int32_t NAME(wholes) __attribute__((vector_size(LANES * 4), aligned(4)));
#define WORDS NAME(words)

INLINE WORDS NAME(mix)(WORDS z) {
  z = (z ^ z >> 30) * MUNINN_MIX_FIRST;
  z = (z ^ z >> 27) * MUNINN_MIX_SECOND;
  return z ^ z >> 31;
}

// Counters `apart` coordinates from lane to lane.
INLINE WORDS NAME(counters)(uint64_t key, uint64_t apart) {
  uint64_t lanes[LANES / 2];
  for (int i = 0; i < LANES / 2; i++) lanes[i] = key + (uint64_t)i * apart * MUNINN_MIX_STEP;
  return *(const WORDS *)lanes;
}

// sqrt(-2 log((whole + 1) / 2^32))
INLINE VEC NAME(radius)(BITS whole) {
#pragma STDC FP_CONTRACT OFF
  BITS near = (BITS)(whole >= MUNINN_NEAR_ONE);
  VEC value = __builtin_convertvector(whole + 1, VEC);
  NAME(wholes) power = (NAME(wholes))((BITS)value - 0x3f3504f3u) >> 23;
  VEC f = (VEC)((BITS)value - ((BITS)power << 23)) - 1.0f;
  VEC below = __builtin_convertvector(~whole, VEC) * -0x1p-32f;
  f = NAME(select)(near, below, f);
  VEC e = NAME(select)(near, (VEC){0}, __builtin_convertvector(power - 32, VEC));
  VEC p = NAME(all)(MUNINN_LOG_9);
  p = p * f + MUNINN_LOG_8;
  p = p * f + MUNINN_LOG_7;
  p = p * f + MUNINN_LOG_6;
  p = p * f + MUNINN_LOG_5;
  p = p * f + MUNINN_LOG_4;
  p = p * f + MUNINN_LOG_3;
  p = p * f + MUNINN_LOG_2;
  p = p * f + MUNINN_LOG_1;
  VEC square = f * f;
  VEC y = p * f * square + e * MUNINN_LN2_LOW - square * 0.5f + f + e * MUNINN_LN2_HIGH;
  return __builtin_elementwise_sqrt(y * -2.0f);
}

// Cosine and sine of 2 pi whole / 2^32.
INLINE void NAME(direction)(BITS whole, VEC *cosine, VEC *sine) {
#pragma STDC FP_CONTRACT OFF
  BITS shifted = whole + 0x20000000u, quarter = shifted >> 30;
  NAME(wholes) rest = (NAME(wholes))(shifted & 0x3fffffffu) - 0x20000000;
  VEC x = __builtin_convertvector(rest, VEC) * MUNINN_TURN, z = x * x;
  VEC s = ((z * MUNINN_SIN_3 + MUNINN_SIN_2) * z + MUNINN_SIN_1) * z * x + x;
  VEC c = ((z * MUNINN_COS_3 + MUNINN_COS_2) * z + MUNINN_COS_1) * z * z - z * 0.5f + 1.0f;
  BITS odd = 0 - (quarter & 1);
  *cosine = (VEC)((BITS)NAME(select)(odd, s, c) ^ (quarter + 1 & 2) << 30);
  *sine = (VEC)((BITS)NAME(select)(odd, c, s) ^ (quarter & 2) << 30);
}

static TARGET void NAME(normals)(uint64_t key, float scale, float *out, int64_t count) {
#pragma STDC FP_CONTRACT OFF
  const WORDS low = (WORDS){0} + 0xffffffffu;
  WORDS counter = NAME(counters)(key, 2);
  for (int64_t i = 0; i < count; i += 2 * LANES) {
    // Two registers of draws: the halves of the first go to odd lanes, those of the second to even ones.
    WORDS a = NAME(mix)(counter), b = NAME(mix)(counter + LANES * MUNINN_MIX_STEP);
    counter += 2 * LANES * MUNINN_MIX_STEP;
    VEC cosine, sine, radius = NAME(radius)((BITS)((a & ~low) | b >> 32));
    NAME(direction)((BITS)(a << 32 | (b & low)), &cosine, &sine);
    WORDS c = (WORDS)(radius * cosine * scale), s = (WORDS)(radius * sine * scale);
    VEC first = (VEC)(c >> 32 | (s & ~low)), second = (VEC)((c & low) | s << 32);
    int64_t left = count - i;
    if (left >= LANES) {
      NAME(store)(out + i, first);
    } else {
      NAME(store_part)(out + i, first, left);
    }
    if (left >= 2 * LANES) {
      NAME(store)(out + i + LANES, second);
    } else if (left > LANES) {
      NAME(store_part)(out + i + LANES, second, left - LANES);
    }
  }
}

static TARGET void NAME(drop)(uint64_t key, uint64_t threshold, float kept, float *x,
                              int64_t count) {
  const WORDS low = (WORDS){0} + 0xffffffffu;
  const NAME(signed_words) bound = (NAME(signed_words)){0} + (int64_t)threshold;
  // Even coordinates in one register, odd ones in another.
  WORDS counter = NAME(counters)(key, 2);
  for (int64_t i = 0; i < count; i += LANES) {
    WORDS even = NAME(mix)(counter) >> 11, odd = NAME(mix)(counter + MUNINN_MIX_STEP) >> 11;
    counter += LANES * MUNINN_MIX_STEP;
    WORDS gone_even = (WORDS)((NAME(signed_words))even < bound);
    WORDS gone_odd = (WORDS)((NAME(signed_words))odd < bound);
    BITS gone = (BITS)((gone_even & low) | gone_odd << 32);
    VEC factor = (VEC)((BITS)NAME(all)(kept) & ~gone);
    if (count - i >= LANES) {
      NAME(store)(x + i, NAME(load)(x + i) * factor);
    } else {
      NAME(store_part)(x + i, NAME(load_part)(x + i, count - i) * factor, count - i);
    }
  }
}
