// Kernels with run-time choice of instruction set. No allocation, no state but the table.
#ifndef MUNINN_KERNELS_H
#define MUNINN_KERNELS_H
#include <stdint.h>
#include "maps.h"

// A hint to the core that this is a spin loop.
static inline void muninn_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Physical cores that the scheduler may give this process; 0 when unknown.
int muninn_available_cores(void);

// Encodings of weights. Stored weights are MUNINN_F32, MUNINN_BF16 or MUNINN_F16; packed ones any
// but MUNINN_F16.
static const int32_t MUNINN_F32 = 0, MUNINN_BF16 = 1, MUNINN_F16 = 2, MUNINN_INT8 = 3,
                     MUNINN_INT4 = 4;

// Packed weights: panels of 32 outputs, the last one filled up with zeros.
// MUNINN_F32: float [outputs/32][inputs][32]; MUNINN_BF16: uint16 [outputs/32][(inputs+1)/2][32][2];
// MUNINN_INT8, MUNINN_INT4: [outputs/32][inputs/32] records of 32 x 32 weights with one step for
// each output.
int64_t muninn_packed_bytes(int32_t format, int64_t outputs, int64_t inputs);

// Packs `inputs` columns of each of `outputs` rows that lie `stride` elements apart (not necessarily
// aligned) into zero-filled memory, for some of the panels.
typedef struct {
  int32_t stored, format;
  const void *weights;
  int64_t stride, outputs, inputs, first_panel, end_panel;
  void *packed;
} muninn_pack_call;

// Bytes of one row of activations as `prepare_fast` or `prepare_integer` write it; a multiple of 64. One line
// more than is written, or rows of the usual widths would fall on the same lines of a cache.
static inline int64_t muninn_prepared_bytes(int64_t inputs) {
  return (inputs + 63) / 64 * 256 + 64;
}
// How many of them every table's prepare_integer writes alike.
int64_t muninn_prepared_alike(int64_t inputs);

// y = x W' (+ bias) (+ z) for some of the panels. z may be y.
typedef struct {
  const void *weights;
  int64_t inputs, outputs, first_panel, end_panel, tokens;
  const float *x;  // [tokens, x_stride]
  int64_t x_stride;
  float *y;  // [tokens, y_stride]
  int64_t y_stride;
  const float *z;  // [tokens, z_stride] or null
  int64_t z_stride;
  const float *bias;  // [outputs] or null
  const void *prepared;  // rows of x as the table's prepare function wrote them, or null
  int64_t prepared_stride;  // bytes
} muninn_linear_call;

// Causal attention of one head for queries [first, end).
typedef struct {
  const float *q, *k, *v;  // of row 0 of this head
  int64_t stride;          // between rows of q, k and v
  float *y;                // of row 0 of this head
  int64_t y_stride;
  int64_t head_dimension, first, end;
  float scale;
} muninn_attention_call;

// Attention of one query over kept keys and values, for `heads` heads of queries side by side; `group`
// of them look at one head of keys and values. Every row may lie where it likes: pages of several
// forks are read in place.
typedef struct {
  const float *q;
  const float *const *rows;    // [keys], each a row of keys, then values, of every head
  int64_t key, value;          // where the first head's key and value lie in a row
  int64_t keys, heads, group, head_dimension;
  float scale;
  float *scores;  // room for [heads, keys]
  float *y;       // [heads, head_dimension]
} muninn_cached_attention_call;

// c = a b, or c += a b: the element (i, k) of a lies at a[i * a_row + k * a_step], so that a may be
// read either way; b is [depth, b_stride], c is [rows, c_stride].
typedef struct {
  const float *a;
  int64_t a_row, a_step;
  const float *b;
  int64_t b_stride;
  float *c;
  int64_t c_stride;
  int64_t rows, columns, depth;
  int32_t accumulates;
} muninn_product_call;

// c += a' b for a and b as `pack_rows` writes them: the gradient of a weight, summed over tokens.
typedef struct {
  const void *a;  // [pairs of tokens, rows]
  const void *b;  // [pairs of tokens, columns]
  int64_t pairs, rows, columns;
  float *c;  // [rows, c_stride]
  int64_t c_stride;
} muninn_outer_call;

// Gradients of causal attention of one head over all its tokens. dq, dk and dv are written.
typedef struct {
  const float *q, *k, *v;  // of row 0 of this head
  int64_t stride;
  const float *dy;  // of row 0 of this head
  int64_t dy_stride;
  float *dq, *dk, *dv;  // of row 0 of this head
  int64_t d_stride;
  int64_t head_dimension, tokens;
  float scale;
  float *scratch;  // muninn_attention_scratch floats, on a 64-byte boundary
} muninn_attention_gradient_call;

// Floats of scratch that the gradients of attention need.
static inline int64_t muninn_attention_scratch(int64_t tokens, int64_t head_dimension) {
  return (tokens + 31) / 32 * 32 * (2 * head_dimension + 2 * tokens);
}

typedef struct {
  const char *name;
  void (*linear_f32)(const muninn_linear_call *call);
  void (*linear_bf16)(const muninn_linear_call *call);
  // The same with activations rounded to bfloat16 (`prepare_fast`); reads MUNINN_BF16.
  void (*linear_fast)(const muninn_linear_call *call);
  // Activations as int8 with a step for every 128 (`prepare_integer`).
  void (*linear_int8)(const muninn_linear_call *call);
  void (*linear_int4)(const muninn_linear_call *call);
  // Turn one row of x into what linear_fast, or linear_int8 and linear_int4, read.
  void (*prepare_fast)(const float *x, int64_t inputs, void *out);
  void (*prepare_integer)(const float *x, int64_t inputs, void *out);
  // Packs panels; -1, or row * inputs + column of the first element of these panels, in order of
  // rows, that is not finite.
  int64_t (*pack)(const muninn_pack_call *call);
  // y = w * t / sqrt(mean(t^2) + epsilon), t = x + residual (residual may be null, y may be x).
  void (*rms_norm)(const float *x, const float *residual, const float *weight, float epsilon,
                   float *y, int64_t count);
  // y = gate / (1 + exp(-gate)) * up
  void (*silu_multiply)(const float *gate, const float *up, float *y, int64_t count);
  // y = x * (1 + erf(x / sqrt(2))) / 2, and x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2;
  // y may be x. Within 3e-7 of them, or as a share of |x| where that is above 1.
  void (*gelu)(const float *x, float *y, int64_t count);
  void (*gelu_tanh)(const float *x, float *y, int64_t count);
  // y = w * (x - mean) / sqrt(variance + epsilon) + bias, the variance of all, both summed in float64;
  // bias may be null, y may be x.
  void (*layer_norm)(const float *x, const float *weight, const float *bias, float epsilon, float *y,
                     int64_t count);
  // x += bias, then pairs (2j, 2j+1) of each head turn by the angle whose cosine and sine lie at
  // table[2j], table[2j+1]. bias may be null.
  void (*rotate)(float *x, const float *bias, const float *table, int64_t heads,
                 int64_t head_dimension);
  void (*attention)(const muninn_attention_call *call);
  void (*cached_attention)(const muninn_cached_attention_call *call);
  float (*maximum)(const float *x, int64_t count);
  // Sums of e and e * (x - maximum), e = exp(x - maximum).
  void (*moments)(const float *x, float maximum, int64_t count, double *sum, double *weighted);
  // Sum of exp(x - maximum) * (x - y).
  double (*cross)(const float *x, float maximum, const float *y, int64_t count);

  // What training needs besides.
  void (*product)(const muninn_product_call *call);
  // Rows [tokens, stride] of x as bfloat16 pairs of tokens, in the format of a packed weight
  // [columns, tokens]: MUNINN_BF16 with `tokens` inputs.
  void (*pack_rows)(const float *x, int64_t stride, int64_t tokens, int64_t columns, void *out);
  void (*outer)(const muninn_outer_call *call);
  void (*attention_gradient)(const muninn_attention_gradient_call *call);
  // dx = gradient of rms_norm (without a residual) times dy, added to what dx holds where
  // `accumulates`; dweight is added to. dx may be dy.
  void (*rms_norm_gradient)(const float *x, const float *weight, float epsilon, const float *dy,
                            float *dx, int32_t accumulates, float *dweight, int64_t count);
  void (*silu_multiply_gradient)(const float *gate, const float *up, const float *dy, float *dgate,
                                 float *dup, int64_t count);
  // -log softmax(x)[target]; dx = factor * (softmax(x) - onehot(target)).
  double (*cross_entropy)(const float *x, int64_t target, float factor, float *dx, int64_t count);
  // y += x
  void (*add)(const float *x, float *y, int64_t count);

  // Random numbers of the place `key`, by coordinate from 0 on; every table gives the same bits
  // (random.c). Normal numbers of mean 0 times `scale`; without it within 2e-7 of exact ones, as
  // a share of the length of the pair they are drawn in, which is below 6.7.
  void (*normals)(uint64_t key, float scale, float *out, int64_t count);
  // x *= 0 where 53 random bits are below `threshold` (at most 2^53), else x *= kept.
  void (*drop)(uint64_t key, uint64_t threshold, float kept, float *x, int64_t count);
} muninn_kernel_table;

// The mean of squares, summed in float64 in one order on every machine; 0 of nothing.
double muninn_mean_square(const float *x, int64_t count);

// The best table this machine can run, or the one MUNINN_KERNEL names if the machine can run it.
const muninn_kernel_table *muninn_kernels(void);

// A table by name (scalar, avx2, avx512, avx512vnni, avx512bf16, neon, neondot); null when this machine
// cannot run it.
const muninn_kernel_table *muninn_kernels_named(const char *name);

// Loops that measure what a machine can do. `muninn_read` sums the 64-bit words of memory, up to
// 255 bytes at the end left out; the others do `rounds` rounds of register-only products and return
// multiply-adds a round, 0 where the processor has no such instruction.
uint64_t muninn_read(const void *bytes, int64_t count);
int64_t muninn_fma_peak(int64_t rounds, float *out);
int64_t muninn_bf16_peak(int64_t rounds, float *out);
int64_t muninn_int8_peak(int64_t rounds, float *out);
int64_t muninn_int4_peak(int64_t rounds, float *out);
#endif
