#ifndef EXTENSION_INTERNAL_H
#define EXTENSION_INTERNAL_H

#include <errno.h>
#include <stdint.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

// SplitMix64.
uint64_t extension_next_random(uint64_t *state);

static inline long result_of(long result) { return result < 0 ? -errno : result; }

#endif
