// The scalar twin of every kernel: plain loops that say what the others must compute.
#include "tables.h"

#include <math.h>
#include <string.h>

static float widen(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

static void linear(const muninn_linear_call *c, int bf16) {
  int64_t pairs = (c->inputs + 1) / 2;
  for (int64_t p = c->first_panel; p < c->end_panel; p++) {
    const float *f32 = (const float *)c->weights + p * c->inputs * 32;
    const uint16_t *half = (const uint16_t *)c->weights + p * pairs * 64;
    int64_t valid = c->outputs - p * 32 < 32 ? c->outputs - p * 32 : 32;
    for (int64_t t = 0; t < c->tokens; t++) {
      const float *x = c->x + t * c->x_stride;
      float total[32] = {0};
      for (int64_t start = 0; start < c->inputs; start += MUNINN_DEPTH) {
        int64_t end = start + MUNINN_DEPTH < c->inputs ? start + MUNINN_DEPTH : c->inputs;
        float sum[32] = {0};
        for (int64_t k = start; k < end; k++)
          for (int o = 0; o < 32; o++)
            sum[o] += x[k] * (bf16 ? widen(half[(k / 2) * 64 + o * 2 + k % 2]) : f32[k * 32 + o]);
        for (int o = 0; o < 32; o++) total[o] += sum[o];
      }
      for (int64_t o = 0; o < valid; o++) {
        float value = total[o];
        if (c->bias) value += c->bias[p * 32 + o];
        if (c->z) value += c->z[t * c->z_stride + p * 32 + o];
        c->y[t * c->y_stride + p * 32 + o] = value;
      }
    }
  }
}

static void linear_f32(const muninn_linear_call *call) { linear(call, 0); }
static void linear_bf16(const muninn_linear_call *call) { linear(call, 1); }

static void rms_norm(const float *x, const float *residual, const float *weight, float epsilon,
                     float *y, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; i++) {
    float t = residual ? x[i] + residual[i] : x[i];
    sum += t * t;
  }
  float scale = 1 / sqrtf(sum / (float)count + epsilon);
  for (int64_t i = 0; i < count; i++)
    y[i] = (residual ? x[i] + residual[i] : x[i]) * scale * weight[i];
}

static void silu_multiply(const float *gate, const float *up, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

static void rotate(float *x, const float *bias, const float *table, int64_t heads,
                   int64_t head_dimension) {
  for (int64_t h = 0; h < heads; h++)
    for (int64_t j = 0; j < head_dimension; j += 2) {
      int64_t i = h * head_dimension + j;
      float a = bias ? x[i] + bias[i] : x[i], b = bias ? x[i + 1] + bias[i + 1] : x[i + 1];
      float c = table[j], s = table[j + 1];
      x[i] = a * c - b * s;
      x[i + 1] = b * c + a * s;
    }
}

static void attention(const muninn_attention_call *c) {
  enum { BLOCK = 64 };
  for (int64_t t = c->first; t < c->end; t++) {
    const float *q = c->q + t * c->stride;
    float *y = c->y + t * c->y_stride;
    float maximum = -INFINITY, sum = 0;
    for (int64_t i = 0; i < c->head_dimension; i++) y[i] = 0;
    // Softmax block by block: what was summed so far shrinks when a larger score appears.
    for (int64_t start = 0; start <= t; start += BLOCK) {
      float score[BLOCK], largest = maximum;
      int64_t count = t + 1 - start < BLOCK ? t + 1 - start : BLOCK;
      for (int64_t j = 0; j < count; j++) {
        const float *k = c->k + (start + j) * c->stride;
        float dot = 0;
        for (int64_t i = 0; i < c->head_dimension; i++) dot += q[i] * k[i];
        score[j] = dot * c->scale;
        if (score[j] > largest) largest = score[j];
      }
      float shrink = expf(maximum - largest);
      maximum = largest;
      sum *= shrink;
      for (int64_t i = 0; i < c->head_dimension; i++) y[i] *= shrink;
      for (int64_t j = 0; j < count; j++) {
        const float *v = c->v + (start + j) * c->stride;
        float e = expf(score[j] - maximum);
        sum += e;
        for (int64_t i = 0; i < c->head_dimension; i++) y[i] += e * v[i];
      }
    }
    for (int64_t i = 0; i < c->head_dimension; i++) y[i] /= sum;
  }
}

static float maximum(const float *x, int64_t count) {
  float largest = -INFINITY;
  for (int64_t i = 0; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

static void moments(const float *x, float maximum, int64_t count, double *sum, double *weighted) {
  double s = 0, w = 0;
  for (int64_t i = 0; i < count; i++) {
    float d = fmaxf(x[i] - maximum, -200);
    float e = expf(d);
    s += e;
    w += (double)e * d;
  }
  *sum = s;
  *weighted = w;
}

static double cross(const float *x, float maximum, const float *y, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) {
    float d = fmaxf(x[i] - maximum, -200);
    sum += (double)expf(d) * ((double)(d + maximum) - (double)fmaxf(y[i], -1e30f));
  }
  return sum;
}

const muninn_kernel_table muninn_scalar_table = {
    "scalar", linear_f32, linear_bf16, rms_norm, silu_multiply, rotate,
    attention, maximum, moments, cross};
