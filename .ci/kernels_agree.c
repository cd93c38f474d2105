// Compares every kernel of the tables that are named with its scalar twin, on random shapes from fixed
// seeds. For machines that cannot run the tests proper: .ci/try-neon runs it under an emulator.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../Sources/CKernels/tables.h"

static uint64_t state;
static int failures, comparisons;
static const char *table_name;

static uint64_t next(void) {
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}
static int64_t between(int64_t least, int64_t most) {
  return least + (int64_t)(next() % (uint64_t)(most - least + 1));
}
static void *room(int64_t bytes) {
  void *memory = aligned_alloc(64, (size_t)(bytes + 4096 + 63) / 64 * 64);
  if (!memory) exit(2);
  return memset(memory, 0, (size_t)(bytes + 4096) / 64 * 64);
}
static float *numbers(int64_t count, float size) {
  float *x = room(count * 4);
  for (int64_t i = 0; i < count; i++)
    x[i] = size * (float)((double)(int64_t)(next() >> 11) * 0x1p-52 - 1);
  return x;
}
static float *copy(const float *x, int64_t count) {
  return memcpy(room(count * 4), x, (size_t)count * 4);
}

static void verdict(int is_right, const char *what, double error) {
  comparisons++;
  if (is_right) return;
  failures++;
  printf("%s %s: %g\n", table_name, what, error);
}
// The length of what differs, as a share of the length of what is expected.
static void compare(const char *what, const float *x, const float *expected, int64_t count, double most) {
  double difference = 0, size = 0;
  for (int64_t i = 0; i < count; i++) {
    const double d = (double)x[i] - (double)expected[i];
    difference += d * d;
    size += (double)expected[i] * (double)expected[i];
  }
  const double error = size > 0 ? sqrt(difference / size) : sqrt(difference);
  verdict(error <= most, what, error);
}
static void same(const char *what, const void *x, const void *expected, int64_t bytes) {
  verdict(memcmp(x, expected, (size_t)bytes) == 0, what, 0);
}

static void linear(const muninn_kernel_table *table, const muninn_kernel_table *twin) {
  static const char *const names[] = {"linear_f32", "linear_bf16", "linear_fast", "linear_int8", "linear_int4"};
  static const char *const packed_names[] = {"pack f32", "pack bf16", "pack bf16", "pack int8", "pack int4"};
  const int64_t inputs = between(1, 1200), outputs = between(1, 200), tokens = between(1, 40);
  float *w = numbers(inputs * outputs, 1), *x = numbers(tokens * inputs, 1);
  float *z = numbers(tokens * outputs, 1), *bias = numbers(outputs, 1);
  uint16_t *halves = room(inputs * outputs * 2);
  for (int64_t i = 0; i < inputs * outputs; i++) {
    uint32_t word;
    memcpy(&word, w + i, 4);
    halves[i] = (uint16_t)(word >> 16);
  }
  const int64_t stride = muninn_prepared_bytes(inputs), panels = (outputs + 31) / 32;
  void *left = room(stride * tokens), *right = room(stride * tokens);
  for (int which = 0; which < 5; which++) {
    const int32_t format = which == 0   ? MUNINN_F32
                           : which <= 2 ? MUNINN_BF16
                           : which == 3 ? MUNINN_INT8
                                        : MUNINN_INT4;
    const int64_t bytes = muninn_packed_bytes(format, outputs, inputs);
    unsigned char *packed = room(bytes), *expected = room(bytes);
    muninn_pack_call pack = {which == 0 ? MUNINN_F32 : MUNINN_BF16, format, which == 0 ? (void *)w : (void *)halves,
                             inputs, outputs, inputs, 0, panels, packed};
    table->pack(&pack);
    pack.packed = expected;
    twin->pack(&pack);
    same(packed_names[which], packed, expected, bytes);
    for (int64_t t = 0; t < tokens; t++) {
      if (which == 2) {
        table->prepare_fast(x + t * inputs, inputs, (char *)left + t * stride);
        twin->prepare_fast(x + t * inputs, inputs, (char *)right + t * stride);
      } else if (which > 2) {
        table->prepare_integer(x + t * inputs, inputs, (char *)left + t * stride);
        twin->prepare_integer(x + t * inputs, inputs, (char *)right + t * stride);
        const int64_t used = muninn_prepared_alike(inputs);
        same("prepare_integer", (char *)left + t * stride, (char *)right + t * stride, used);
      }
    }
    float *y = copy(z, tokens * outputs), *wanted = copy(z, tokens * outputs);
    muninn_linear_call call = {expected, inputs, outputs, 0, panels, tokens, x, inputs, y, outputs,
                               y, outputs, bias, left, stride};
    void (*const kernels[5])(const muninn_linear_call *) = {table->linear_f32, table->linear_bf16, table->linear_fast,
                                                            table->linear_int8, table->linear_int4};
    void (*const twins[5])(const muninn_linear_call *) = {twin->linear_f32, twin->linear_bf16, twin->linear_fast,
                                                          twin->linear_int8, twin->linear_int4};
    kernels[which](&call);
    // A row is what it is alone.
    float *alone = copy(z, tokens * outputs);
    muninn_linear_call one = call;
    const int64_t row = between(0, tokens - 1);
    one.tokens = 1, one.x += row * inputs, one.prepared = (char *)left + row * stride;
    one.y = alone + row * outputs, one.z = one.y;
    kernels[which](&one);
    same("a row alone", alone + row * outputs, y + row * outputs, outputs * 4);
    call.y = wanted, call.z = wanted, call.prepared = right;
    twins[which](&call);
    compare(names[which], y, wanted, tokens * outputs, 3e-6);
    free(packed), free(expected), free(y), free(wanted), free(alone);
  }
  free(w), free(x), free(z), free(bias), free(halves), free(left), free(right);
}

static void rows(const muninn_kernel_table *table, const muninn_kernel_table *twin) {
  const int64_t n = between(1, 3000);
  float *x = numbers(n, 12), *u = numbers(n, 1), *w = numbers(n, 1), *a = numbers(n, 1), *b = numbers(n, 1);
  table->silu_multiply(x, u, a, n), twin->silu_multiply(x, u, b, n);
  compare("silu_multiply", a, b, n, 3e-7);
  table->rms_norm(x, u, w, 1e-6f, a, n), twin->rms_norm(x, u, w, 1e-6f, b, n);
  compare("rms_norm", a, b, n, 1e-6);
  table->gelu(x, a, n), twin->gelu(x, b, n);
  compare("gelu", a, b, n, 3e-7);
  table->gelu_tanh(x, a, n), twin->gelu_tanh(x, b, n);
  compare("gelu_tanh", a, b, n, 3e-7);
  table->layer_norm(x, w, u, 1e-5f, a, n), twin->layer_norm(x, w, u, 1e-5f, b, n);
  compare("layer_norm", a, b, n, 3e-7);
  const float largest = table->maximum(x, n);
  verdict(largest == twin->maximum(x, n), "maximum", (double)largest);
  double s, t, p, q;
  table->moments(x, largest, n, &s, &t), twin->moments(x, largest, n, &p, &q);
  verdict(fabs(s - p) <= 1e-6 * p && fabs(t - q) <= 1e-6 * fmax(1, fabs(q)), "moments", s - p);
  s = table->cross(x, largest, u, n), p = twin->cross(x, largest, u, n);
  verdict(fabs(s - p) <= 1e-6 * fmax(1, fabs(p)), "cross", s - p);
  const int64_t target = between(0, n - 1);
  s = table->cross_entropy(x, target, 0.5f, a, n), p = twin->cross_entropy(x, target, 0.5f, b, n);
  verdict(fabs(s - p) <= 1e-6 * fmax(1, fabs(p)), "cross_entropy", s - p);
  compare("cross_entropy gradient", a, b, n, 1e-6);
  memcpy(b, a, (size_t)n * 4);
  table->add(x, a, n), twin->add(x, b, n);
  same("add", a, b, n * 4);
  const uint64_t key = next();
  table->normals(key, 0.3f, a, n), twin->normals(key, 0.3f, b, n);
  same("normals", a, b, n * 4);
  table->drop(key, (uint64_t)1 << 51, 1.25f, a, n), twin->drop(key, (uint64_t)1 << 51, 1.25f, b, n);
  same("drop", a, b, n * 4);
  float *da = numbers(n, 1), *db = copy(da, n), *ga = numbers(n, 1), *gb = copy(ga, n);
  table->rms_norm_gradient(x, w, 1e-6f, u, da, 1, ga, n), twin->rms_norm_gradient(x, w, 1e-6f, u, db, 1, gb, n);
  compare("rms_norm_gradient", da, db, n, 1e-5);
  compare("rms_norm_gradient of the weight", ga, gb, n, 1e-5);
  table->silu_multiply_gradient(x, u, w, da, ga, n), twin->silu_multiply_gradient(x, u, w, db, gb, n);
  compare("silu_multiply_gradient", da, db, n, 1e-6);
  compare("silu_multiply_gradient of the other", ga, gb, n, 1e-6);
  free(x), free(u), free(w), free(a), free(b), free(da), free(db), free(ga), free(gb);
}

static void products(const muninn_kernel_table *table, const muninn_kernel_table *twin) {
  const int64_t m = between(1, 70), n = between(1, 70), depth = between(1, 150);
  float *a = numbers(m * depth, 1), *b = numbers(depth * n, 1), *c = numbers(m * n, 1), *d = copy(c, m * n);
  muninn_product_call call = {a, depth, 1, b, n, c, n, m, n, depth, (int32_t)between(0, 1)};
  table->product(&call);
  call.c = d;
  twin->product(&call);
  compare("product", c, d, m * n, 3e-6);
  // Sums over tokens of what two rows have at each.
  const int64_t tokens = between(1, 60), pairs = (tokens + 1) / 2;
  float *x = numbers(tokens * m, 1), *y = numbers(tokens * n, 1);
  const int64_t left_bytes = muninn_packed_bytes(MUNINN_BF16, m, tokens);
  const int64_t right_bytes = muninn_packed_bytes(MUNINN_BF16, n, tokens);
  void *left = room(left_bytes), *other = room(left_bytes), *right = room(right_bytes);
  table->pack_rows(x, m, tokens, m, left), twin->pack_rows(x, m, tokens, m, other);
  same("pack_rows", left, other, left_bytes);
  twin->pack_rows(y, n, tokens, n, right);
  // A row of the result is filled up to whole panels.
  const int64_t wide = (n + 31) / 32 * 32;
  float *e = numbers(m * wide, 1), *f = copy(e, m * wide);
  muninn_outer_call outer = {left, right, pairs, m, n, e, wide};
  table->outer(&outer);
  outer.c = f;
  twin->outer(&outer);
  compare("outer", e, f, m * wide, 3e-6);
  free(a), free(b), free(c), free(d), free(x), free(y), free(left), free(other), free(right), free(e), free(f);
}

static void attentions(const muninn_kernel_table *table, const muninn_kernel_table *twin) {
  const int64_t dimension = 2 * between(1, 70), tokens = between(1, 150), stride = 3 * dimension;
  float *qkv = numbers(tokens * stride, 3), *y = numbers(tokens * dimension, 1), *z = copy(y, tokens * dimension);
  const float scale = 1 / sqrtf((float)dimension);
  muninn_attention_call call = {qkv, qkv + dimension, qkv + 2 * dimension, stride, y, dimension, dimension,
                                0, tokens, scale};
  table->attention(&call);
  call.y = z;
  twin->attention(&call);
  compare("attention", y, z, tokens * dimension, 2e-6);
  float *dy = numbers(tokens * dimension, 1), *scratch = room(4 * muninn_attention_scratch(tokens, dimension));
  float *da = numbers(tokens * stride, 1), *db = copy(da, tokens * stride);
  muninn_attention_gradient_call gradient = {qkv, qkv + dimension, qkv + 2 * dimension, stride, dy, dimension,
                                             da, da + dimension, da + 2 * dimension, stride, dimension, tokens,
                                             scale, scratch};
  table->attention_gradient(&gradient);
  gradient.dq = db, gradient.dk = db + dimension, gradient.dv = db + 2 * dimension;
  twin->attention_gradient(&gradient);
  compare("attention_gradient", da, db, tokens * stride, 1e-5);
  const float **rows = room(tokens * (int64_t)sizeof *rows);
  for (int64_t i = 0; i < tokens; i++) rows[i] = qkv + i * stride;
  const int64_t heads = between(1, 6), group = heads;
  float *q = numbers(heads * dimension, 3), *scores = room(heads * tokens * 4);
  float *a = numbers(heads * dimension, 1), *b = copy(a, heads * dimension);
  muninn_cached_attention_call cached = {q, rows, dimension, 2 * dimension, tokens, heads, group, dimension,
                                         scale, scores, a};
  table->cached_attention(&cached);
  cached.y = b;
  twin->cached_attention(&cached);
  compare("cached_attention", a, b, heads * dimension, 2e-6);
  float *turned = copy(q, heads * dimension), *wanted = copy(q, heads * dimension), *turns = numbers(dimension, 1);
  table->rotate(turned, a, turns, heads, dimension), twin->rotate(wanted, a, turns, heads, dimension);
  compare("rotate", turned, wanted, heads * dimension, 3e-7);
  free(qkv), free(y), free(z), free(dy), free(scratch), free(da), free(db), free(rows), free(q), free(scores);
  free(a), free(b), free(turned), free(wanted), free(turns);
}

int main(int count, char **names) {
  const muninn_kernel_table *twin = muninn_kernels_named("scalar");
  for (int i = 1; i < count; i++) {
    const muninn_kernel_table *table = muninn_kernels_named(names[i]);
    if (!table) return printf("%s: this processor cannot run it\n", names[i]), 2;
    table_name = names[i];
    const int before = failures;
    comparisons = 0;
    for (state = 1; state < 41; state++) {
      const uint64_t seed = state;
      linear(table, twin), rows(table, twin), products(table, twin), attentions(table, twin);
      state = seed;
    }
    printf("%s: %d comparisons with the scalar twins, %d differ\n", names[i], comparisons, failures - before);
  }
  return failures > 0;
}
