// The scalar twins of the kernels of training: plain loops that say what the others must compute.
#include <math.h>
#include <string.h>
#include "tables.h"

void muninn_scalar_product(const muninn_product_call *c) {
  for (int64_t i = 0; i < c->rows; i++)
    for (int64_t j = 0; j < c->columns; j++) {
      float *at = c->c + i * c->c_stride + j, sum = c->accumulates ? *at : 0;
      for (int64_t k = 0; k < c->depth; k++)
        sum += c->a[i * c->a_row + k * c->a_step] * c->b[k * c->b_stride + j];
      *at = sum;
    }
}

// Nearest bfloat16, ties to even; what is not a number stays so.
static uint32_t half(float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  if ((word & 0x7f800000) == 0x7f800000) return word >> 16;
  return (word + 0x7fff + (word >> 16 & 1)) >> 16;
}

void muninn_scalar_pack_rows(const float *x, int64_t stride, int64_t tokens, int64_t columns,
                             void *out) {
  const int64_t pairs = (tokens + 1) / 2;
  for (int64_t t = 0; t < pairs; t++)
    for (int64_t j = 0; j < (columns + 31) / 32 * 32; j++) {
      const float low = j < columns ? x[2 * t * stride + j] : 0;
      const float high = j < columns && 2 * t + 1 < tokens ? x[(2 * t + 1) * stride + j] : 0;
      ((uint32_t *)out)[(j / 32 * pairs + t) * 32 + j % 32] = half(low) | half(high) << 16;
    }
}

static float element(const void *packed, int64_t pairs, int64_t token, int64_t column) {
  const uint32_t *words = packed;
  uint32_t word = words[(column / 32 * pairs + token / 2) * 32 + column % 32];
  word = token % 2 ? word & 0xffff0000u : word << 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

void muninn_scalar_outer(const muninn_outer_call *c) {
  for (int64_t i = 0; i < c->rows; i++)
    for (int64_t j = 0; j < c->columns; j++) {
      float sum = 0;
      for (int64_t t = 0; t < 2 * c->pairs; t++)
        sum += element(c->a, c->pairs, t, i) * element(c->b, c->pairs, t, j);
      c->c[i * c->c_stride + j] += sum;
    }
}

void muninn_scalar_rms_norm_gradient(const float *x, const float *weight, float epsilon,
                                     const float *dy, float *dx, int32_t accumulates,
                                     float *dweight, int64_t count) {
  float squares = 0, dot = 0;
  for (int64_t i = 0; i < count; i++) {
    squares += x[i] * x[i];
    dot += weight[i] * dy[i] * x[i];
  }
  const float scale = 1 / sqrtf(squares / (float)count + epsilon);
  const float pull = dot * scale * scale / (float)count;
  for (int64_t i = 0; i < count; i++) {
    const float result = (weight[i] * dy[i] - x[i] * pull) * scale, d = dy[i];
    dweight[i] += d * x[i] * scale;
    dx[i] = accumulates ? dx[i] + result : result;
  }
}

void muninn_scalar_silu_multiply_gradient(const float *gate, const float *up, const float *dy,
                                          float *dgate, float *dup, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const float sigmoid = 1 / (1 + expf(-gate[i])), silu = gate[i] * sigmoid;
    dgate[i] = dy[i] * up[i] * (sigmoid + silu * (1 - sigmoid));
    dup[i] = dy[i] * silu;
  }
}

double muninn_scalar_cross_entropy(const float *x, int64_t target, float factor, float *dx,
                                   int64_t count) {
  float most = -INFINITY;
  for (int64_t i = 0; i < count; i++) most = x[i] > most ? x[i] : most;
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += dx[i] = expf(x[i] - most);
  for (int64_t i = 0; i < count; i++) dx[i] *= (float)(factor / sum);
  dx[target] -= factor;
  return log(sum) + (double)most - (double)x[target];
}

void muninn_scalar_add(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += x[i];
}

void muninn_scalar_attention_gradient(const muninn_attention_gradient_call *c) {
  const int64_t size = c->head_dimension;
  float *p = c->scratch, *d = p + c->tokens;
  for (int64_t t = 0; t < c->tokens; t++) {
    memset(c->dq + t * c->d_stride, 0, (size_t)size * 4);
    memset(c->dk + t * c->d_stride, 0, (size_t)size * 4);
    memset(c->dv + t * c->d_stride, 0, (size_t)size * 4);
  }
  for (int64_t t = 0; t < c->tokens; t++) {
    const float *q = c->q + t * c->stride, *dy = c->dy + t * c->dy_stride;
    float most = -INFINITY, sum = 0, mean = 0;
    for (int64_t j = 0; j <= t; j++) {
      p[j] = d[j] = 0;
      for (int64_t i = 0; i < size; i++) {
        p[j] += q[i] * c->k[j * c->stride + i];
        d[j] += dy[i] * c->v[j * c->stride + i];
      }
      p[j] *= c->scale;
      most = p[j] > most ? p[j] : most;
    }
    for (int64_t j = 0; j <= t; j++) sum += p[j] = expf(p[j] - most);
    for (int64_t j = 0; j <= t; j++) mean += (p[j] /= sum) * d[j];
    for (int64_t j = 0; j <= t; j++) {
      const float score = p[j] * (d[j] - mean) * c->scale;
      for (int64_t i = 0; i < size; i++) {
        c->dq[t * c->d_stride + i] += score * c->k[j * c->stride + i];
        c->dk[j * c->d_stride + i] += score * q[i];
        c->dv[j * c->d_stride + i] += p[j] * dy[i];
      }
    }
  }
}
