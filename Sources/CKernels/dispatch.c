// Chooses the kernel table once.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "tables.h"
#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#if defined(__aarch64__)
static int has_dot_products(void) {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
  return 1;  // every Apple processor since 2018, and all that macOS on arm64 runs on
#endif
}
#endif

const muninn_kernel_table *muninn_kernels_named(const char *name) {
  if (strcmp(name, "scalar") == 0) return &muninn_scalar_table;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int vnni = wide && __builtin_cpu_supports("avx512vnni");
  if (strcmp(name, "avx512bf16") == 0 && vnni && __builtin_cpu_supports("avx512bf16"))
    return &muninn_avx512bf16_table;
  if (strcmp(name, "avx512vnni") == 0 && vnni) return &muninn_avx512vnni_table;
  if (strcmp(name, "avx512") == 0 && wide) return &muninn_avx512_table;
  if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return &muninn_avx2_table;
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0) return &muninn_neon_table;
  if (strcmp(name, "neondot") == 0 && has_dot_products()) return &muninn_neondot_table;
#endif
  return 0;
}

static const muninn_kernel_table *best(void) {
#if defined(__x86_64__)
  // Intel's cores split vdpbf16ps: half the rate of float32 multiply-adds, where AMD's reach twice.
  __builtin_cpu_init();
  if (__builtin_cpu_is("intel")) {
    const muninn_kernel_table *table = muninn_kernels_named("avx512vnni");
    if (table) return table;
  }
#endif
  static const char *const names[] = {"avx512bf16", "avx512vnni", "avx512",
                                      "avx2",       "neondot",    "neon"};
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
    const muninn_kernel_table *table = muninn_kernels_named(names[i]);
    if (table) return table;
  }
  return &muninn_scalar_table;
}

const muninn_kernel_table *muninn_kernels(void) {
  static _Atomic(const muninn_kernel_table *) chosen;
  const muninn_kernel_table *table = atomic_load_explicit(&chosen, memory_order_acquire);
  if (table) return table;
  const char *wanted = getenv("MUNINN_KERNEL");
  table = wanted ? muninn_kernels_named(wanted) : 0;
  if (!table) table = best();
  // Threads that get here together choose the same.
  atomic_store_explicit(&chosen, table, memory_order_release);
  return table;
}
