// Loops that measure what a machine can do.
#include <string.h>
#include "tables.h"

typedef uint64_t words __attribute__((vector_size(64), aligned(8)));

// Four places at once and asked for ahead of time: what memory can deliver, not what one stream of
// the hardware's own prefetch does.
#define READ                                                             \
  {                                                                      \
    words sum[4] = {0};                                                  \
    const int64_t part = count / 256 * 64;                               \
    for (int64_t i = 0; i < part; i += 64)                               \
      for (int s = 0; s < 4; s++) {                                      \
        const unsigned char *at = (const unsigned char *)bytes + s * part + i; \
        __builtin_prefetch(at + 4096);                                   \
        sum[s] += *(const words *)at;                                    \
      }                                                                  \
    words all = sum[0] + sum[1] + sum[2] + sum[3];                       \
    uint64_t total = 0;                                                  \
    for (int i = 0; i < 8; i++) total += all[i];                         \
    return total;                                                        \
  }

#if defined(__x86_64__)
__attribute__((target("avx512f"), min_vector_width(512))) static uint64_t read_wide(
    const void *bytes, int64_t count) READ
__attribute__((target("avx2"))) static uint64_t read_avx2(const void *bytes, int64_t count) READ
#endif
static uint64_t read_plain(const void *bytes, int64_t count) READ

uint64_t muninn_read(const void *bytes, int64_t count) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return read_wide(bytes, count);
  if (__builtin_cpu_supports("avx2")) return read_avx2(bytes, count);
#endif
  return read_plain(bytes, count);
}

typedef float vec __attribute__((vector_size(64)));
typedef float half __attribute__((vector_size(32)));

#if defined(__x86_64__)
__attribute__((target("avx512f"), min_vector_width(512))) static void wide(int64_t rounds,
                                                                           float *out) {
  vec acc[12] = {0}, a = (vec){0} + 1.0f, b = (vec){0} + 0x1p-14f;
  for (int64_t n = 0; n < rounds; n++)
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) {
      acc[i] = __builtin_elementwise_fma(a, b, acc[i]);
      __asm__ volatile("" : "+v"(acc[i]));
    }
  *out = 0;
  for (int i = 0; i < 12; i++) *out += acc[i][0];
}

__attribute__((target("avx2,fma"))) static void narrow(int64_t rounds, float *out) {
  half acc[12] = {0}, a = (half){0} + 1.0f, b = (half){0} + 0x1p-14f;
  for (int64_t n = 0; n < rounds; n++)
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) {
      acc[i] = __builtin_elementwise_fma(a, b, acc[i]);
      __asm__ volatile("" : "+x"(acc[i]));
    }
  *out = 0;
  for (int i = 0; i < 12; i++) *out += acc[i][0];
}
#endif

int64_t muninn_fma_peak(int64_t rounds, float *out) {
#if defined(__x86_64__)
  // As wide as the chosen kernels: a ceiling for them.
  const char *name = muninn_kernels()->name;
  if (strncmp(name, "avx512", 6) == 0) {
    wide(rounds, out);
    return 12 * 16;
  }
  if (strcmp(name, "avx2") == 0) {
    narrow(rounds, out);
    return 12 * 8;
  }
#endif
  (void)rounds;
  *out = 0;
  return 0;
}

int64_t muninn_bf16_peak(int64_t rounds, float *out) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16")) {
    avx512bf16_peak(rounds, out);
    return 12 * 32;
  }
#endif
  (void)rounds;
  *out = 0;
  return 0;
}

// Whole numbers as the chosen table multiplies them; `four` says which weights.
static int64_t integer_peak(int64_t rounds, float *out, int four) {
#if defined(__x86_64__)
  const char *name = muninn_kernels()->name;
  if (strcmp(name, "avx512bf16") == 0 || strcmp(name, "avx512vnni") == 0) {
    avx512vnni_peak(rounds, out);
    return 12 * 64;
  }
  if (strcmp(name, "avx512") == 0 || strcmp(name, "avx2") == 0)
    return four ? avx2_int4_peak(rounds, out) : avx2_int8_peak(rounds, out);
#endif
  (void)four;
  (void)rounds;
  *out = 0;
  return 0;
}

int64_t muninn_int8_peak(int64_t rounds, float *out) { return integer_peak(rounds, out, 0); }
int64_t muninn_int4_peak(int64_t rounds, float *out) { return integer_peak(rounds, out, 1); }
