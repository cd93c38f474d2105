// The thinnest face over ncursesw: what Swift cannot import (casts, globals that are not
// concurrency-safe) as inline functions and constants.
#ifndef MUNINN_CNCURSES_H
#define MUNINN_CNCURSES_H
#define NCURSES_WIDECHAR 1
#include <locale.h>
#include <langinfo.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static const attr_t NC_BOLD = A_BOLD;
static const attr_t NC_DIM = A_DIM;
static const attr_t NC_UNDERLINE = A_UNDERLINE;
static const attr_t NC_REVERSE = A_REVERSE;

static inline WINDOW *nc_stdscr(void) { return stdscr; }
static inline int nc_colors(void) { return COLORS; }
static inline FILE *nc_stdout(void) { return stdout; }
static inline FILE *nc_stdin(void) { return stdin; }
static inline int nc_key_f(int n) { return KEY_F(n); }

// The terminal cannot be opened: NULL, where initscr() would end the process.
static inline SCREEN *nc_newterm(const char *type, FILE *out, FILE *in) {
  return newterm(type, out, in);
}

// One cell; the colour pair may be beyond 255.
static inline int nc_put(int y, int x, const wchar_t *text, attr_t attributes, int pair) {
  cchar_t cell;
  if (setcchar(&cell, text, attributes, 0, &pair) == ERR) return ERR;
  return mvwadd_wch(stdscr, y, x, &cell);
}

// UTF-8 for characters only, so that numbers keep their points.
static inline int nc_use_utf8(void) {
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return 1;
  return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 2 : 0;
}

static inline int nc_width(wchar_t character) {
  extern int wcwidth(wchar_t);
  return wcwidth(character);
}

static inline int nc_window_size(int descriptor, int *width, int *height) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *width = size.ws_col;
  *height = size.ws_row;
  return 0;
}

// Lets all signals through, whatever mask was inherited: an explorer lives by them.
static inline void nc_unblock_signals(void) {
  sigset_t set;
  sigfillset(&set);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
#endif
