// Advice for the whole memory of another process as a program gives it by itself: what Scythe is compared with.
#ifndef CMAPSADVICE_H
#define CMAPSADVICE_H

#include <stdint.h>

// Reads the text of /proc/PID/maps, and gives `advice` to each area by a process_madvise(2) of its own. Returns how many
// areas took it, or the negated errno.
long maps_advise_each(int32_t pid, int32_t advice);

// The same with up to 1,024 areas in a call.
long maps_advise_vectors(int32_t pid, int32_t advice);

#endif
