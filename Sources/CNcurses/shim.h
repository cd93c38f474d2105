// The thinnest face over ncursesw: what Swift cannot import (casts, globals that are not
// concurrency-safe) as inline functions and constants.
#ifndef MUNINN_CNCURSES_H
#define MUNINN_CNCURSES_H
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <term.h>
#endif
