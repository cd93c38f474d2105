// What the kernel files share.
#ifndef MUNINN_TABLES_H
#define MUNINN_TABLES_H
#include "kernels.h"

// Inputs summed in registers before they are added to the output: bounds the rounding error of
// long sums and keeps a tile of x in the first-level cache. Part of the result: every twin uses it.
enum { MUNINN_DEPTH = 512 };

// Inputs of an output that share a step: a block. Twice as many cost int8 little precision, as the
// activations' rounding is as large, and halve what is done beside products.
enum { MUNINN_INT8_SPAN = 64, MUNINN_INT4_SPAN = 32, MUNINN_SPAN = 64 };

// A record of a block of 32 outputs: 16 words of two bfloat16 steps (outputs i and i + 16), then weights,
// four inputs of an output to a word. int8: rows of 32 words, each byte 128 + weight. int4: half as many
// rows; row g holds 8 + weight of inputs 4g… in the low halves of its bytes and of inputs SPAN / 2 + 4g… in
// the high ones. The steps are bfloat16, not float16: trained weights reach steps that float16 has only a
// few digits for.
enum {
  MUNINN_INT8_RECORD = 64 + 32 * MUNINN_INT8_SPAN,
  MUNINN_INT4_RECORD = 64 + 16 * MUNINN_INT4_SPAN
};
// Inputs, filled up to whole blocks of either kind.
static inline int64_t muninn_padded(int64_t inputs) {
  return (inputs + MUNINN_SPAN - 1) / MUNINN_SPAN * MUNINN_SPAN;
}
// Where the steps of a prepared row begin, and its offsets of int4 weights.
static inline int64_t muninn_offsets4(int64_t padded) { return padded + padded / MUNINN_INT8_SPAN * 4; }
static inline int64_t muninn_units(int64_t padded) {
  return muninn_offsets4(padded) + padded / MUNINN_INT4_SPAN * 4;
}
// Where the high halves of int4 begin.
#define MUNINN_HALF (MUNINN_INT4_SPAN / 2)

// Activations that share a step. A prepared row is int8 activations, filled up with zeros to whole spans;
// for each block of int8 weights -128 times its sum, then for each of int4 -8 times it, which is what the
// offsets of weights above take away; and the steps, float32.
enum { MUNINN_UNIT = 128 };

// Numbers that share a step and the largest of which is below this are zero.
#define MUNINN_LEAST 0x1p-100f

// Steps tried for a block of int4 weights: its extreme divided by -7, -7.25 … -8.75.
enum { MUNINN_STEPS = 8 };

// What random numbers of a place are made of (random.c): the finalizer of splitmix64, the polynomials
// of a logarithm, a sine and a cosine, and where a number is nearer to one than sqrt(1/2).
#define MUNINN_MIX_STEP 0x9E3779B97F4A7C15u
#define MUNINN_MIX_FIRST 0xBF58476D1CE4E5B9u
#define MUNINN_MIX_SECOND 0x94D049BB133111EBu
#define MUNINN_NEAR_ONE 0xB504F334u
#define MUNINN_LOG_1 3.3333331174E-1f
#define MUNINN_LOG_2 -2.4999993993E-1f
#define MUNINN_LOG_3 2.0000714765E-1f
#define MUNINN_LOG_4 -1.6668057665E-1f
#define MUNINN_LOG_5 1.4249322787E-1f
#define MUNINN_LOG_6 -1.2420140846E-1f
#define MUNINN_LOG_7 1.1676998740E-1f
#define MUNINN_LOG_8 -1.1514610310E-1f
#define MUNINN_LOG_9 7.0376836292E-2f
#define MUNINN_LN2_HIGH 0.693359375f
#define MUNINN_LN2_LOW -2.12194440e-4f
#define MUNINN_TURN 0x1.921fb6p-30f
#define MUNINN_SIN_1 -1.6666654611E-1f
#define MUNINN_SIN_2 8.3321608736E-3f
#define MUNINN_SIN_3 -1.9515295891E-4f
#define MUNINN_COS_1 4.166664568298827E-2f
#define MUNINN_COS_2 -1.388731625493765E-3f
#define MUNINN_COS_3 2.443315711809948E-5f

extern const muninn_kernel_table muninn_scalar_table, muninn_avx512_table,
    muninn_avx512vnni_table, muninn_avx512bf16_table, muninn_avx2_table, muninn_neon_table,
    muninn_neondot_table;

// Helpers of every packer: the first non-finite weight of a panel; columns from `from` on of a panel
// whose packed numbers are the stored ones; how many inputs of a format are packed at a time; 32 inputs
// as float32 [input][output], zeros where there is no weight; the steps of a record from their upper
// halves. The second and the fourth return whether something was not finite.
int64_t muninn_first_bad(const muninn_pack_call *call, int64_t panel);
int muninn_pack_columns(const muninn_pack_call *call, int64_t panel, int64_t from);
int muninn_span(int32_t format);
int muninn_fill(const muninn_pack_call *call, int64_t panel, int64_t k, float *tile);
void muninn_put_scales(const uint32_t *scales, unsigned char *record);
int64_t muninn_scalar_pack(const muninn_pack_call *call);

// The gradients' twins, in gradient.c; `muninn_scalar_table` has them too.
void muninn_scalar_product(const muninn_product_call *call);
void muninn_scalar_pack_rows(const float *x, int64_t stride, int64_t tokens, int64_t columns,
                             void *out);
void muninn_scalar_outer(const muninn_outer_call *call);
void muninn_scalar_attention_gradient(const muninn_attention_gradient_call *call);
void muninn_scalar_rms_norm_gradient(const float *x, const float *weight, float epsilon,
                                     const float *dy, float *dx, int32_t accumulates,
                                     float *dweight, int64_t count);
void muninn_scalar_silu_multiply_gradient(const float *gate, const float *up, const float *dy,
                                          float *dgate, float *dup, int64_t count);
double muninn_scalar_cross_entropy(const float *x, int64_t target, float factor, float *dx,
                                   int64_t count);
void muninn_scalar_add(const float *x, float *y, int64_t count);

// The twins of random numbers, in random.c.
void muninn_scalar_normals(uint64_t key, float scale, float *out, int64_t count);
void muninn_scalar_drop(uint64_t key, uint64_t threshold, float kept, float *x, int64_t count);

// Rounds a row to bfloat16 kept as float32, for tables whose fast products are the exact ones on
// rounded activations.
void muninn_round_row(const float *x, int64_t inputs, void *out);

#if defined(__x86_64__)
void avx512bf16_pack_rows(const float *x, int64_t stride, int64_t tokens, int64_t columns,
                          void *out);
void avx512bf16_outer(const muninn_outer_call *call);
void avx512vnni_linear_int8(const muninn_linear_call *call);
void avx512vnni_linear_int4(const muninn_linear_call *call);
void avx512vnni_prepare_integer(const float *x, int64_t inputs, void *out);
void avx512bf16_linear_fast(const muninn_linear_call *call);
void avx512bf16_prepare_fast(const float *x, int64_t inputs, void *out);
void avx512bf16_peak(int64_t rounds, float *out);
void avx512vnni_peak(int64_t rounds, float *out);
void avx2_linear_int8(const muninn_linear_call *call);
void avx2_linear_int4(const muninn_linear_call *call);
int64_t avx2_int8_peak(int64_t rounds, float *out);
int64_t avx2_int4_peak(int64_t rounds, float *out);
void avx2_prepare_integer(const float *x, int64_t inputs, void *out);
#else
void neon_linear_int8(const muninn_linear_call *call);
void neon_linear_int4(const muninn_linear_call *call);
void neon_prepare_integer(const float *x, int64_t inputs, void *out);
void neondot_linear_int8(const muninn_linear_call *call);
void neondot_linear_int4(const muninn_linear_call *call);
void neondot_prepare_integer(const float *x, int64_t inputs, void *out);
#endif
#endif
