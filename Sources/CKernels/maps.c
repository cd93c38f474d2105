// A handler for the fault that a read past the end of a mapped file raises. Everything it does is
// allowed in a signal handler; it reads the table below without locks.
#define _GNU_SOURCE
#include "maps.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4096 };

// `base` is 0 for a free place and 1 for one that is being filled.
static struct {
  _Atomic(uintptr_t) base;
  uintptr_t end;
  char *path;
} maps[MOST];

static struct sigaction before;

int32_t muninn_map_note(const void *base, int64_t count, const char *path) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int32_t i = 0; i < MOST; i++) {
    uintptr_t is_free = 0;
    if (!atomic_compare_exchange_strong(&maps[i].base, &is_free, 1)) continue;
    maps[i].path = strdup(path);
    maps[i].end = ((uintptr_t)base + (uintptr_t)count + page - 1) / page * page;
    atomic_store(&maps[i].base, (uintptr_t)base);
    return i;
  }
  return -1;
}

void muninn_map_forget(int32_t number) {
  if (number < 0 || number >= MOST) return;
  char *path = maps[number].path;
  maps[number].path = NULL;
  atomic_store(&maps[number].base, 0);
  free(path);
}

static void say(const char *text, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDERR_FILENO, text, count);
    if (written <= 0) return;
    text += written, count -= (size_t)written;
  }
}

// A name may hold anything; nothing in it is to move the cursor.
static void say_name(const char *name) {
  char shown[512];
  size_t count = 0;
  for (; name[count] && count < sizeof shown; count++) {
    unsigned char byte = (unsigned char)name[count];
    unsigned char last = count > 0 ? (unsigned char)name[count - 1] : 0;
    // Controls of the second set, and the page of marks that turn a line, in UTF-8.
    int speaks = byte < 0x20 || byte == 0x7F || byte == 0xE2 || (last == 0xC2 && byte < 0xA0);
    shown[count] = speaks ? '?' : name[count];
  }
  say(shown, count);
}

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  uintptr_t address = (uintptr_t)info->si_addr;
  for (int32_t i = 0; i < MOST; i++) {
    uintptr_t base = atomic_load(&maps[i].base);
    if (base <= 1 || address < base || address >= maps[i].end) continue;
    static const char begin[] = "muninn: ";
    static const char end[] = ": The file was cut short, or could not be read, while it was in use."
                              " Fetch it again, and leave it alone during a run.\n";
    say(begin, sizeof begin - 1);
    if (maps[i].path) say_name(maps[i].path);
    say(end, sizeof end - 1);
    _exit(1);
  }
  // Somebody else's fault: it comes again as soon as this returns, and takes its old course.
  sigaction(number, &before, NULL);
}

void muninn_map_guard(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGBUS, &action, &before);
}
