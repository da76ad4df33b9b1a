// System calls of a guest that Swift does not make by itself. Each returns the negated errno if it fails, as the kernel
// does.
#ifndef CLABGUEST_H
#define CLABGUEST_H
#include <stddef.h>
#include <stdint.h>

// Makes the terminal on a descriptor pass bytes as they are.
long labguest_make_raw(int descriptor);

// Names the calling process, in at most 15 bytes.
long labguest_set_name(const char *name);

// Forks: 0 in the child.
long labguest_fork(void);

// The class of the calling thread: first in, first out, with a priority, or the ordinary one if that is 0.
long labguest_set_real_time(int priority);

// Orphans below the calling process become its children.
long labguest_adopt_orphans(void);

// Opens a counter of the system calls that a process and its future threads make. It begins at once.
long labguest_count_calls(int32_t pid, uint64_t event);

// Reads an extended attribute of a file. Returns its length.
long labguest_attribute(const char *path, const char *name, void *value, size_t size);

// What the kernel extension can do, as SCYTHE_PMADV_QUERY answers it.
long labguest_extension_query(void);

// Says of the whole memory of a process that it is cold, by the extended call.
long labguest_advise_cold(int pidfd);

// How the memory of a dying process is released.
enum labguest_release {
  LABGUEST_REAP,        // process_mrelease
  LABGUEST_REAP_TWICE,  // the same, by two callers at once
  LABGUEST_DONTNEED,    // the extended call, on the whole
  LABGUEST_DONTNEED_HALVES,  // the same, by two callers at once, on what lies below an address and on the rest
};

// Releases. Returns how long it took in nanoseconds, until the last caller had done.
long labguest_release(int pidfd, enum labguest_release way, uint64_t middle);

#endif
