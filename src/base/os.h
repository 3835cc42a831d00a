/* os.h - the rest of what we need from the operating system. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include "base/buf.h"

/* Says why on standard error and aborts: for out of memory and a broken platform. */
NORETURN void die(const char *fmt, ...) PRINTF(1, 2);

int64_t os_pid(void);
const char *os_family(void);          /* "linux" */
const char *os_program(void);         /* the path of this very program, whatever lies at its name */
const char *os_env(const char *name); /* of the environment; NULL if not set */
void os_no_core_dumps(void);          /* what passes through must not end in a core file */
int64_t os_raise_file_limit(void);    /* soft to hard limit of open files; the limit */
bool os_process_alive(int64_t pid);
int64_t os_processors(void);         /* that this process may use, at least 1 */
int64_t os_resident_bytes(void);     /* 0 if unknown */
bool os_has_swap(void);              /* memory may go to disk */
bool os_clock_is_synchronised(void); /* the kernel was told so, by NTP or the like */
void os_trim_heap(void); /* gives back what this thread has freed: the allocator keeps its peak */
/* Appends one line from standard input without its end.  On a terminal `prompt` is shown, and the
 * echo is off if `secret`.  ERR_INVALID at end of file or beyond max. */
MUST_USE int os_read_line(const char *prompt, bool secret, struct buf *out);
bool os_stdin_is_terminal(void);

#endif
