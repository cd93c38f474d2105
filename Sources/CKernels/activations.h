// GELU in its two forms, and the norm that goes with it: what blocks in the manner of GPT-2 need besides.

// erf by two polynomials fitted to it in float64: in t² times t up to 1, and above in t, of -log(1 - erf t).
// Within 2e-7; keeps NaN.
INLINE VEC NAME(erf)(VEC x) {
  const BITS sign = (BITS)x & 0x80000000u;
  VEC t = (VEC)((BITS)x ^ sign);
  t = NAME(select)((BITS)(t > 4.0f), NAME(all)(4), t);
  VEC u = t * t;
  VEC near = NAME(all)(-0x1.287020p-11f);
  near = NAME(fma)(near, u, NAME(all)(0x1.42a6e4p-8f));
  near = NAME(fma)(near, u, NAME(all)(-0x1.b5b8a4p-6f));
  near = NAME(fma)(near, u, NAME(all)(0x1.ce0b32p-4f));
  near = NAME(fma)(near, u, NAME(all)(-0x1.812684p-2f));
  near = NAME(fma)(near, u, NAME(all)(0x1.20dd74p+0f)) * t;
  VEC far = NAME(all)(0x1.c2f31cp-17f);
  far = NAME(fma)(far, t, NAME(all)(-0x1.4f7b1cp-12f));
  far = NAME(fma)(far, t, NAME(all)(0x1.c4d67ep-9f));
  far = NAME(fma)(far, t, NAME(all)(-0x1.73d9d4p-6f));
  far = NAME(fma)(far, t, NAME(all)(0x1.a7eb32p-4f));
  far = NAME(fma)(far, t, NAME(all)(0x1.47171ep-1f));
  far = NAME(fma)(far, t, NAME(all)(0x1.20489ep+0f));
  far = NAME(fma)(far, t, NAME(all)(0x1.6f9feap-11f));
  far = 1.0f - NAME(exp)(-far);
  return (VEC)((BITS)NAME(select)((BITS)(t > 1.0f), far, near) | sign);
}

INLINE VEC NAME(gelu_of)(VEC x) { return x * 0.5f * (NAME(erf)(x * 0.70710677f) + 1.0f); }

// (1 + tanh z) / 2 is the logistic function of 2z, which loses nothing where it is small.
INLINE VEC NAME(gelu_tanh_of)(VEC x) {
  VEC away = x * -1.5957691f * NAME(fma)(x * x, NAME(all)(0.044715f), NAME(all)(1));
  VEC share = 1.0f / (NAME(exp)(away) + 1.0f);
  return x * NAME(select)((BITS)(away > 88.0f), (VEC){0}, share);
}

static TARGET void NAME(gelu)(const float *x, float *y, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) NAME(store)(y + i, NAME(gelu_of)(NAME(load)(x + i)));
  if (i < count)
    NAME(store_part)(y + i, NAME(gelu_of)(NAME(load_part)(x + i, count - i)), count - i);
}

static TARGET void NAME(gelu_tanh)(const float *x, float *y, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) NAME(store)(y + i, NAME(gelu_tanh_of)(NAME(load)(x + i)));
  if (i < count)
    NAME(store_part)(y + i, NAME(gelu_tanh_of)(NAME(load_part)(x + i, count - i)), count - i);
}

typedef double NAME(doubles) __attribute__((vector_size(LANES * 8), aligned(8)));
#define DOUBLES NAME(doubles)

// By its address: registers this wide are passed only where there are such.
INLINE double NAME(sum_doubles)(const DOUBLES *v) {
  double lanes[LANES];
  *(DOUBLES *)lanes = *v;
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

static TARGET void NAME(layer_norm)(const float *x, const float *weight, const float *bias,
                                    float epsilon, float *y, int64_t count) {
  DOUBLES sums = {0}, squares = {0};
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES)
    sums += __builtin_convertvector(NAME(load)(x + i), DOUBLES);
  double sum = NAME(sum_doubles)(&sums);
  for (; i < count; i++) sum += (double)x[i];
  const double mean = sum / (double)count;
  for (i = 0; i + LANES <= count; i += LANES) {
    DOUBLES away = __builtin_convertvector(NAME(load)(x + i), DOUBLES) - mean;
    squares += away * away;
  }
  double square = NAME(sum_doubles)(&squares);
  for (; i < count; i++) square += ((double)x[i] - mean) * ((double)x[i] - mean);
  const double scale = 1 / __builtin_sqrt(square / (double)count + (double)epsilon);
  for (i = 0; i + LANES <= count; i += LANES) {
    DOUBLES away = (__builtin_convertvector(NAME(load)(x + i), DOUBLES) - mean) * scale;
    VEC value = __builtin_convertvector(away, VEC) * NAME(load)(weight + i);
    NAME(store)(y + i, bias ? value + NAME(load)(bias + i) : value);
  }
  for (; i < count; i++) {
    float value = (float)(((double)x[i] - mean) * scale) * weight[i];
    y[i] = bias ? value + bias[i] : value;
  }
}
