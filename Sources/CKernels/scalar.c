// The scalar twin of every kernel: plain loops that say what the others must compute.
#include "tables.h"

#include <float.h>
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

void muninn_round_row(const float *x, int64_t inputs, void *out) {
  uint32_t *y = out;
  for (int64_t k = 0; k < inputs; k++) {
    uint32_t word;
    memcpy(&word, x + k, 4);
    // Not-a-number stays what it is: adding could carry it into a number.
    uint32_t nearest = (word + 0x7fff + (word >> 16 & 1)) & 0xffff0000u;
    y[k] = (word & 0x7f800000) == 0x7f800000 ? word : nearest;
  }
}

static void linear_fast(const muninn_linear_call *call) {
  muninn_linear_call rounded = *call;
  rounded.x = call->prepared;
  rounded.x_stride = call->prepared_stride / 4;
  linear(&rounded, 1);
}

static void prepare_integer(const float *x, int64_t inputs, void *out) {
  const int64_t padded = muninn_padded(inputs);
  signed char *q = out;
  int32_t *offsets = (int32_t *)(q + padded), *offsets4 = (int32_t *)(q + muninn_offsets4(padded));
  float *units = (float *)(q + muninn_units(padded));
  memset(offsets, 0, (size_t)(muninn_units(padded) - padded));
  for (int64_t k = 0; k < inputs; k += MUNINN_UNIT) {
    float largest = 0;
    for (int64_t i = k; i < k + MUNINN_UNIT && i < inputs; i++) {
      // Not-a-number counts as larger than everything, so that it shows in the result.
      if (!(fabsf(x[i]) <= largest)) largest = fabsf(x[i]);
      if (isnan(largest)) break;
    }
    float inverse = largest >= MUNINN_LEAST && isfinite(largest) ? 127.0f / largest : 0;
    units[k / MUNINN_UNIT] = largest / 127.0f;
    for (int64_t i = k; i < k + MUNINN_UNIT && i < padded; i++) {
      q[i] = i < inputs && inverse > 0 ? (signed char)nearbyintf(x[i] * inverse) : 0;
      offsets[i / MUNINN_INT8_SPAN] -= 128 * q[i];
      offsets4[i / MUNINN_INT4_SPAN] -= 8 * q[i];
    }
  }
}

static void linear_integer(const muninn_linear_call *c, int four) {
  const int64_t span = four ? MUNINN_INT4_SPAN : MUNINN_INT8_SPAN, half = span / 2;
  const int64_t blocks = (c->inputs + span - 1) / span, padded = muninn_padded(c->inputs);
  const int64_t record = four ? MUNINN_INT4_RECORD : MUNINN_INT8_RECORD;
  for (int64_t output = c->first_panel * 32; output < c->end_panel * 32; output++) {
    if (output >= c->outputs) return;
    int64_t lane = output % 32;
    const unsigned char *w = (const unsigned char *)c->weights + output / 32 * blocks * record;
    for (int64_t t = 0; t < c->tokens; t++) {
      const signed char *q = (const signed char *)c->prepared + t * c->prepared_stride;
      const float *units = (const float *)(q + muninn_units(padded));
      float total = 0;
      for (int64_t b = 0; b < blocks; b++) {
        const unsigned char *bytes = w + b * record + 64;
        uint16_t step;
        memcpy(&step, w + b * record + lane % 16 * 4 + lane / 16 * 2, 2);
        int32_t sum = 0;
        for (int64_t k = 0; k < span; k++) {
          int32_t weight = four ? (bytes[k % half / 4 * 128 + lane * 4 + k % 4] >> k / half * 4 & 15) - 8
                                : bytes[k / 4 * 128 + lane * 4 + k % 4] - 128;
          sum += weight * q[b * span + k];
        }
        total += (float)sum * widen(step) * units[b * span / MUNINN_UNIT];
      }
      if (c->bias) total += c->bias[output];
      if (c->z) total += c->z[t * c->z_stride + output];
      c->y[t * c->y_stride + output] = total;
    }
  }
}

static void linear_int8(const muninn_linear_call *call) { linear_integer(call, 0); }
static void linear_int4(const muninn_linear_call *call) { linear_integer(call, 1); }

static void rms_norm(const float *x, const float *residual, const float *weight, float epsilon,
                     float *y, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; i++) {
    float t = residual ? x[i] + residual[i] : x[i];
    sum += t * t;
  }
  float scale = sum <= FLT_MAX ? 1 / sqrtf(sum / (float)count + epsilon) : NAN;
  for (int64_t i = 0; i < count; i++)
    y[i] = (residual ? x[i] + residual[i] : x[i]) * scale * weight[i];
}

static void silu_multiply(const float *gate, const float *up, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

static void gelu(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1 + erff(x[i] * 0.70710677f));
}

static void gelu_tanh(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float v = x[i];
    y[i] = 0.5f * v * (1 + tanhf(0.79788456f * (v + 0.044715f * v * v * v)));
  }
}

static void layer_norm(const float *x, const float *weight, const float *bias, float epsilon, float *y,
                       int64_t count) {
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)x[i];
  const double mean = sum / (double)count;
  for (int64_t i = 0; i < count; i++) squares += ((double)x[i] - mean) * ((double)x[i] - mean);
  const double scale = 1 / sqrt(squares / (double)count + (double)epsilon);
  for (int64_t i = 0; i < count; i++) {
    float value = (float)(((double)x[i] - mean) * scale) * weight[i];
    y[i] = bias ? value + bias[i] : value;
  }
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

static void cached_attention(const muninn_cached_attention_call *c) {
  const int64_t hd = c->head_dimension;
  for (int64_t h = 0; h < c->heads; h++) {
    const float *q = c->q + h * hd;
    float *y = c->y + h * hd, *scores = c->scores + h * c->keys;
    float largest = -INFINITY, sum = 0;
    for (int64_t j = 0; j < c->keys; j++) {
      const float *k = c->rows[j] + c->key + h / c->group * hd;
      float dot = 0;
      for (int64_t i = 0; i < hd; i++) dot += q[i] * k[i];
      scores[j] = dot * c->scale;
      if (scores[j] > largest) largest = scores[j];
    }
    for (int64_t i = 0; i < hd; i++) y[i] = 0;
    for (int64_t j = 0; j < c->keys; j++) {
      const float *v = c->rows[j] + c->value + h / c->group * hd;
      float e = expf(scores[j] - largest);
      sum += e;
      for (int64_t i = 0; i < hd; i++) y[i] += e * v[i];
    }
    for (int64_t i = 0; i < hd; i++) y[i] /= sum;
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
    .name = "scalar",
    .linear_f32 = linear_f32,
    .linear_bf16 = linear_bf16,
    .linear_fast = linear_fast,
    .linear_int8 = linear_int8,
    .linear_int4 = linear_int4,
    .prepare_fast = muninn_round_row,
    .prepare_integer = prepare_integer,
    .pack = muninn_scalar_pack,
    .rms_norm = rms_norm,
    .silu_multiply = silu_multiply,
    .gelu = gelu,
    .gelu_tanh = gelu_tanh,
    .layer_norm = layer_norm,
    .rotate = rotate,
    .attention = attention,
    .cached_attention = cached_attention,
    .maximum = maximum,
    .moments = moments,
    .cross = cross,
    .product = muninn_scalar_product,
    .pack_rows = muninn_scalar_pack_rows,
    .outer = muninn_scalar_outer,
    .attention_gradient = muninn_scalar_attention_gradient,
    .rms_norm_gradient = muninn_scalar_rms_norm_gradient,
    .silu_multiply_gradient = muninn_scalar_silu_multiply_gradient,
    .cross_entropy = muninn_scalar_cross_entropy,
    .add = muninn_scalar_add,
    .normals = muninn_scalar_normals,
    .drop = muninn_scalar_drop,
};
