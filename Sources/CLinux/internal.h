#ifndef CLINUX_INTERNAL_H
#define CLINUX_INTERNAL_H

#include <errno.h>

// errno negated; counts what nobody knows.
long clinux_failure(void);

// libc's "-1 and errno" as the kernel's own negated errno.
static inline long clinux_result(long value) { return value < 0 ? clinux_failure() : value; }

#endif
