// Which parts of memory are mapped files, so that one that is cut short while it is read can be named.
#ifndef MUNINN_MAPS_H
#define MUNINN_MAPS_H
#include <stdint.h>

// Notes that `count` bytes from `base` are the file `path`, whose name is copied. Gives a number to
// forget it by; below 0 when there is no room, and then the file just cannot be named.
int32_t muninn_map_note(const void *base, int64_t count, const char *path);

// Call before the memory is unmapped.
void muninn_map_forget(int32_t number);

// From now on a read past the end of a noted file ends the program with a sentence and status 1.
void muninn_map_guard(void);

#endif
