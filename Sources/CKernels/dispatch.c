// Chooses the kernel table once.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "tables.h"

static const muninn_kernel_table *best(void) { return &muninn_scalar_table; }

const muninn_kernel_table *muninn_kernels_named(const char *name) {
  if (strcmp(name, "scalar") == 0) return &muninn_scalar_table;
  return 0;
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
