// Attention and what turns its queries and keys by their positions, written once like the kernels of
// vector.h and included after it.

enum { NAME(KEYS) = 64, NAME(MOST) = 256 };

// out[rows][32] = x[rows][depth] * panel[depth][32], for attention's small products.
INLINE void NAME(product)(const int rows, NAME(operands) o, float *out, int64_t stride) {
  UNROLL for (int strip = 0; strip < WIDE; strip += NARROW) {
    VEC acc[12][8];
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int c = 0; c < NARROW; c++) acc[r][c] = (VEC){0};
    NAME(operands) s = o;
    s.weights += strip * LANES * 4;
    NAME(multiply)(rows, NARROW, 1, 0, s, acc);
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int c = 0; c < NARROW; c++)
        NAME(store)(out + r * stride + (strip + c) * LANES, acc[r][c]);
  }
}

static __attribute__((noinline)) TARGET void NAME(products)(int rows, NAME(operands) o, float *out,
                                                            int64_t stride) {
  for (; rows >= 4; rows -= 4, o.x += 4 * o.x_stride, out += 4 * stride)
    NAME(product)(4, o, out, stride);
  for (; rows > 0; rows--, o.x += o.x_stride, out += stride) NAME(product)(1, o, out, stride);
}

// A token that sees itself alone: its value, whose weight is one wherever its score is a number.
INLINE void NAME(attend_one)(const muninn_attention_call *c) {
  float score = 0;
  for (int64_t i = 0; i < c->head_dimension; i++) score = __builtin_fmaf(c->q[i], c->k[i], score);
  const float weight = isfinite(score * c->scale) ? 1 : NAN;
  for (int64_t i = 0; i < c->head_dimension; i++) c->y[i] = weight * c->v[i] + 0.0f;
}

static TARGET void NAME(attention)(const muninn_attention_call *c) {
  const int64_t hd = c->head_dimension;
  if (hd > NAME(MOST)) {
    muninn_scalar_table.attention(c);
    return;
  }
  if (c->first == 0 && c->end == 1) {
    NAME(attend_one)(c);
    return;
  }
  enum { QUERIES = 16, KEYS = NAME(KEYS), MOST = NAME(MOST) };
  _Alignas(64) float keys[KEYS / 32 * MOST * 32];      // [KEYS/32][hd][32]
  _Alignas(64) float values[MOST / 32 * KEYS * 32];    // [hd/32][KEYS][32]
  _Alignas(64) float scores[QUERIES][KEYS], part[QUERIES][32];
  float largest[64], sums[64];
  const int64_t panels = (hd + 31) / 32;
  for (int64_t group = c->first; group < c->end; group += 64) {
    const int64_t stop = group + 64 < c->end ? group + 64 : c->end;
    for (int64_t t = group; t < stop; t++) {
      largest[t - group] = -INFINITY;
      sums[t - group] = 0;
      memset(c->y + t * c->y_stride, 0, (size_t)hd * 4);
    }
    for (int64_t start = 0; start < stop; start += KEYS) {
      const int64_t count = stop - start < KEYS ? stop - start : KEYS;
      const int64_t used = (count + 31) / 32;
      for (int64_t j = 0; j < used * 32; j++) {
        float *out = keys + (j / 32) * hd * 32 + j % 32;
        const float *k = c->k + (start + j) * c->stride;
        for (int64_t i = 0; i < hd; i++) out[i * 32] = j < count ? k[i] : 0;
      }
      float lost[32] = {0};
      for (int64_t p = 0; p < panels; p++) {
        const int64_t width = hd - p * 32 < 32 ? hd - p * 32 : 32;
        for (int64_t j = 0; j < count; j++) {
          float *out = values + (p * KEYS + j) * 32;
          memcpy(out, c->v + (start + j) * c->stride + p * 32, (size_t)width * 4);
          memset(out + width, 0, (size_t)(32 - width) * 4);
          for (int i = 0; i < 32; i++) lost[i] += out[i] * 0;
        }
      }
      // What is not finite must not reach queries that do not see it, whose weight of it is 0.
      int isLost = 0;
      for (int i = 0; i < 32; i++) isLost |= lost[i] != 0;
      // Queries before the first key of this block see none of it.
      for (int64_t t = start > group ? start : group; t < stop; t += QUERIES) {
        const int rows = (int)(stop - t < QUERIES ? stop - t : QUERIES);
        for (int64_t p = 0; p < used; p++) {
          NAME(operands) o = {(const unsigned char *)(keys + p * hd * 32), 0,
                              c->q + t * c->stride, c->stride, hd,
                              (const unsigned char *)(keys + p * hd * 32), 0};
          NAME(products)(rows, o, &scores[0][p * 32], KEYS);
        }
        for (int r = 0; r < rows; r++) {
          const int64_t seen = t + r + 1 - start, place = t + r - group;
          const float before = largest[place];
          float most = before;
          for (int64_t j = 0; j < used * 32; j++)
            scores[r][j] = j < seen && j < count ? scores[r][j] * c->scale : -INFINITY;
          const float here = NAME(maximum)(scores[r], used * 32);
          if (here > most) most = here;
          VEC sum = {0};
          for (int64_t j = 0; j < used * 32; j += LANES) {
            VEC e = NAME(exp)(NAME(load)(&scores[r][j]) - most);
            NAME(store)(&scores[r][j], e);
            sum += e;
          }
          const float shrink = expf(before - most);
          sums[place] = sums[place] * shrink + NAME(sum)(sum);
          largest[place] = most;
          if (shrink != 1) {
            float *y = c->y + (t + r) * c->y_stride;
            for (int64_t i = 0; i < hd; i++) y[i] *= shrink;
          }
        }
        for (int64_t p = 0; p < panels; p++) {
          const int64_t width = hd - p * 32 < 32 ? hd - p * 32 : 32;
          NAME(operands) o = {(const unsigned char *)(values + p * KEYS * 32), 0, &scores[0][0],
                              KEYS, count, (const unsigned char *)(values + p * KEYS * 32), 0};
          if (!isLost) NAME(products)(rows, o, &part[0][0], 32);
          for (int r = 0; isLost && r < rows; r++) {
            const int64_t seen = t + r + 1 - start;
            NAME(operands) own = o;
            own.x = &scores[r][0];
            own.depth = seen < count ? seen : count;
            NAME(products)(1, own, &part[r][0], 32);
          }
          for (int r = 0; r < rows; r++) {
            float *y = c->y + (t + r) * c->y_stride + p * 32;
            for (int64_t i = 0; i < width; i++) y[i] += part[r][i];
          }
        }
      }
    }
    for (int64_t t = group; t < stop; t++) {
      float *y = c->y + t * c->y_stride;
      const float sum = sums[t - group];
      for (int64_t i = 0; i < hd; i++) y[i] /= sum;
    }
  }
}

// Kept rows are as long as a page and are read once an iteration: a block of them goes by for all
// heads before the next, so that memory is read in order.
enum { NAME(ROWS) = 8 };

// Adds weighted values of a block of rows to `registers` registers of one head.
INLINE void NAME(mix_values)(const int registers, const float *const *kept, int64_t offset,
                             const float *weights, int64_t rows, float *y) {
  VEC sum[4];
  UNROLL for (int i = 0; i < registers; i++) sum[i] = NAME(load)(y + i * LANES);
  for (int64_t j = 0; j < rows; j++) {
    const float *v = kept[j] + offset;
    VEC weight = NAME(all)(weights[j]);
    UNROLL for (int i = 0; i < registers; i++)
      sum[i] = NAME(fma)(weight, NAME(load)(v + i * LANES), sum[i]);
  }
  UNROLL for (int i = 0; i < registers; i++) NAME(store)(y + i * LANES, sum[i]);
}

INLINE float NAME(inner)(const float *x, const float *y, int64_t count) {
  VEC sums[2] = {{0}, {0}};
  int64_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    sums[0] = NAME(fma)(NAME(load)(x + i), NAME(load)(y + i), sums[0]);
    sums[1] = NAME(fma)(NAME(load)(x + i + LANES), NAME(load)(y + i + LANES), sums[1]);
  }
  for (; i < count; i += LANES) {
    const int64_t left = count - i;
    sums[0] = left >= LANES
                  ? NAME(fma)(NAME(load)(x + i), NAME(load)(y + i), sums[0])
                  : NAME(fma)(NAME(load_part)(x + i, left), NAME(load_part)(y + i, left), sums[0]);
  }
  return NAME(sum)(sums[0] + sums[1]);
}

// Scores become weights; returns their sum.
INLINE float NAME(weigh)(float *scores, int64_t count) {
  const float largest = NAME(maximum)(scores, count);
  VEC sum = {0};
  int64_t j = 0;
  for (; j + LANES <= count; j += LANES) {
    VEC e = NAME(exp)(NAME(load)(scores + j) - largest);
    NAME(store)(scores + j, e);
    sum += e;
  }
  float total = NAME(sum)(sum);
  for (; j < count; j++) {
    scores[j] = expf(scores[j] - largest);
    total += scores[j];
  }
  return total;
}

static TARGET void NAME(cached_attention)(const muninn_cached_attention_call *c) {
  const int64_t hd = c->head_dimension;
  for (int64_t start = 0; start < c->keys; start += NAME(ROWS)) {
    const int64_t end = start + NAME(ROWS) < c->keys ? start + NAME(ROWS) : c->keys;
    for (int64_t h = 0; h < c->heads; h++)
      for (int64_t j = start; j < end; j++) {
        const float *k = c->rows[j] + c->key + h / c->group * hd;
        c->scores[h * c->keys + j] = NAME(inner)(c->q + h * hd, k, hd) * c->scale;
      }
  }
  for (int64_t h = 0; h < c->heads; h++) {
    float *scores = c->scores + h * c->keys;
    const float inverse = 1 / NAME(weigh)(scores, c->keys);
    for (int64_t j = 0; j < c->keys; j++) scores[j] *= inverse;
  }
  memset(c->y, 0, (size_t)(c->heads * hd) * 4);
  for (int64_t start = 0; start < c->keys; start += NAME(ROWS)) {
    const int64_t rows = c->keys - start < NAME(ROWS) ? c->keys - start : NAME(ROWS);
    for (int64_t h = 0; h < c->heads; h++) {
      const float *const *kept = c->rows + start;
      const int64_t offset = c->value + h / c->group * hd;
      const float *weights = c->scores + h * c->keys + start;
      float *y = c->y + h * hd;
      int64_t i = 0;
      for (; i + 4 * LANES <= hd; i += 4 * LANES)
        NAME(mix_values)(4, kept, offset + i, weights, rows, y + i);
      for (; i + LANES <= hd; i += LANES)
        NAME(mix_values)(1, kept, offset + i, weights, rows, y + i);
      for (; i < hd; i++)
        for (int64_t j = 0; j < rows; j++) y[i] += weights[j] * kept[j][offset + i];
    }
  }
}

// The two numbers of every pair in each other's place, and the first or the second of them twice.
#if LANES == 16
#define SWAPPED 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14
#define FIRSTS 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14
#define SECONDS 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15
#elif LANES == 8
#define SWAPPED 1, 0, 3, 2, 5, 4, 7, 6
#define FIRSTS 0, 0, 2, 2, 4, 4, 6, 6
#define SECONDS 1, 1, 3, 3, 5, 5, 7, 7
#else
#define SWAPPED 1, 0, 3, 2
#define FIRSTS 0, 0, 2, 2
#define SECONDS 1, 1, 3, 3
#endif

// Both products are rounded before they are added, as in the scalar twin: the same bits.
static TARGET void NAME(rotate)(float *x, const float *bias, const float *table, int64_t heads,
                                int64_t head_dimension) {
#pragma STDC FP_CONTRACT OFF
  if (head_dimension % LANES != 0) {
    muninn_scalar_table.rotate(x, bias, table, heads, head_dimension);
    return;
  }
  BITS sign;
  for (int i = 0; i < LANES; i++) sign[i] = i % 2 == 0 ? 0x80000000u : 0;
  for (int64_t j = 0; j < head_dimension; j += LANES) {
    const VEC angle = NAME(load)(table + j);
    const VEC cosine = __builtin_shufflevector(angle, angle, FIRSTS);
    const VEC sine = (VEC)((BITS)__builtin_shufflevector(angle, angle, SECONDS) ^ sign);
    for (int64_t i = j; i < heads * head_dimension; i += head_dimension) {
      VEC v = NAME(load)(x + i);
      if (bias) v = v + NAME(load)(bias + i);
      const VEC w = __builtin_shufflevector(v, v, SWAPPED);
      const VEC a = v * cosine, b = w * sine;
      NAME(store)(x + i, a + b);
    }
  }
}
