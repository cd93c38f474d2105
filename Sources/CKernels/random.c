// The scalar twins of random.h: what the random numbers of a place are, number by number.
//
// 64 bits of a coordinate come out of the finalizer of splitmix64 (Steele, Lea and Flood, 2014) over
// a counter. Normal numbers are Box and Muller's (1958): the upper half of a draw is a distance, the
// lower one an angle. Logarithm, sine and cosine are the polynomials of Cephes (Moshier, 1989) on
// reduced ranges. No library function is called and nothing is fused, so that every processor and
// every table gives the same bits.
#include "tables.h"

#include <math.h>
#include <string.h>
#pragma STDC FP_CONTRACT OFF

static uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * MUNINN_MIX_FIRST;
  z = (z ^ z >> 27) * MUNINN_MIX_SECOND;
  return z ^ z >> 31;
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

static float radius(uint32_t whole) {
  // log(m 2^e) = log1p(f) + e log 2, f = m - 1, m between sqrt(1/2) and sqrt(2). Numbers near one are
  // told by how far below one they are, which has more digits.
  float f, e;
  if (whole >= MUNINN_NEAR_ONE) {
    f = (float)~whole * -0x1p-32f;
    e = 0;
  } else {
    uint32_t value = bits_of((float)(whole + 1));
    int32_t power = (int32_t)(value - 0x3f3504f3u) >> 23;
    f = float_of(value - ((uint32_t)power << 23)) - 1.0f;
    e = (float)(power - 32);
  }
  float p = MUNINN_LOG_9;
  p = p * f + MUNINN_LOG_8;
  p = p * f + MUNINN_LOG_7;
  p = p * f + MUNINN_LOG_6;
  p = p * f + MUNINN_LOG_5;
  p = p * f + MUNINN_LOG_4;
  p = p * f + MUNINN_LOG_3;
  p = p * f + MUNINN_LOG_2;
  p = p * f + MUNINN_LOG_1;
  float square = f * f;
  float y = p * f * square + e * MUNINN_LN2_LOW - square * 0.5f + f + e * MUNINN_LN2_HIGH;
  return sqrtf(y * -2.0f);
}

static void direction(uint32_t whole, float *cosine, float *sine) {
  // The nearest quarter of a turn, and what is left: at most an eighth either way.
  uint32_t shifted = whole + 0x20000000u, quarter = shifted >> 30;
  int32_t rest = (int32_t)(shifted & 0x3fffffffu) - 0x20000000;
  float x = (float)rest * MUNINN_TURN, z = x * x;
  float s = ((z * MUNINN_SIN_3 + MUNINN_SIN_2) * z + MUNINN_SIN_1) * z * x + x;
  float c = ((z * MUNINN_COS_3 + MUNINN_COS_2) * z + MUNINN_COS_1) * z * z - z * 0.5f + 1.0f;
  *cosine = float_of(bits_of(quarter & 1 ? s : c) ^ ((quarter + 1) & 2) << 30);
  *sine = float_of(bits_of(quarter & 1 ? c : s) ^ (quarter & 2) << 30);
}

void muninn_scalar_normals(uint64_t key, float scale, float *out, int64_t count) {
  for (int64_t i = 0; i < count; i += 2) {
    uint64_t draw = mix(key + (uint64_t)i * MUNINN_MIX_STEP);
    float distance = radius((uint32_t)(draw >> 32)), cosine, sine;
    direction((uint32_t)draw, &cosine, &sine);
    out[i] = distance * cosine * scale;
    if (i + 1 < count) out[i + 1] = distance * sine * scale;
  }
}

void muninn_scalar_drop(uint64_t key, uint64_t threshold, float kept, float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    x[i] *= mix(key + (uint64_t)i * MUNINN_MIX_STEP) >> 11 < threshold ? 0 : kept;
}

double muninn_mean_square(const float *x, int64_t count) {
  double sums[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; lane++) sums[lane] += (double)x[i + lane] * (double)x[i + lane];
  for (; i < count; i++) sums[i & 7] += (double)x[i] * (double)x[i];
  for (int width = 4; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  return count > 0 ? sums[0] / (double)count : 0;
}
