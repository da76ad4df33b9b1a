#include "CScytheLinux.h"
#include "internal.h"

#include <stdatomic.h>

static atomic_ullong unknown_calls;

long clinux_failure(void) {
  if (errno == ENOSYS) atomic_fetch_add_explicit(&unknown_calls, 1, memory_order_relaxed);
  return -errno;
}

uint64_t clinux_unknown_calls(void) { return atomic_load_explicit(&unknown_calls, memory_order_relaxed); }
