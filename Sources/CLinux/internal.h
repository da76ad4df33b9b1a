#ifndef CLINUX_INTERNAL_H
#define CLINUX_INTERNAL_H

#include <errno.h>

// libc's "-1 and errno" as the kernel's own negated errno.
static inline long clinux_result(long value) { return value < 0 ? -errno : value; }

#endif
