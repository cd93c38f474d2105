// What the system says about its cores. Not a kernel, but as small.
#define _GNU_SOURCE
#include <stdio.h>
#include "kernels.h"

#if defined(__linux__)
#include <sched.h>

static int topology(int cpu, const char *what) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, what);
  FILE *file = fopen(path, "r");
  int value = -1;
  if (file) {
    if (fscanf(file, "%d", &value) != 1) value = -1;
    fclose(file);
  }
  return value;
}

int muninn_available_cores(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  enum { MOST = 1024 };
  int seen[MOST][2], count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && cpu < MOST; cpu++) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    int core = topology(cpu, "core_id"), package = topology(cpu, "physical_package_id");
    int known = 0;
    for (int i = 0; i < count && core >= 0; i++)
      known |= seen[i][0] == core && seen[i][1] == package;
    if (known) continue;
    seen[count][0] = core, seen[count][1] = package;
    count++;
  }
  return count;
}
#else
#include <unistd.h>

int muninn_available_cores(void) { return (int)sysconf(_SC_NPROCESSORS_ONLN); }
#endif
