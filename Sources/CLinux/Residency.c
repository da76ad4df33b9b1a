#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif

long clinux_lock_present_memory(void) { return clinux_result(mlockall(MCL_CURRENT)); }

// Without MCL_CURRENT the kernel leaves what is mapped already as it is.
long clinux_lock_later_memory(void) { return clinux_result(mlockall(MCL_FUTURE | MCL_ONFAULT)); }

uint64_t clinux_stack_address(void) { return (uint64_t)(uintptr_t)__builtin_frame_address(0); }

void clinux_empty_stack(uint64_t base, uint64_t end) {
  void *start = (void *)(uintptr_t)base;
  // A locked page cannot be dropped.
  if (munlock(start, end - base) < 0) return;
  (void)madvise(start, end - base, MADV_DONTNEED);
  (void)syscall(SYS_mlock2, start, end - base, MLOCK_ONFAULT);
}

void clinux_touch_pages(void *base, size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  volatile char *byte = base;
  for (size_t offset = 0; offset < bytes; offset += page) byte[offset] = byte[offset];
}

// A kernel without huge pages refuses, and has none.
void clinux_avoid_huge_pages(void *base, size_t bytes) { (void)madvise(base, bytes, MADV_NOHUGEPAGE); }

__attribute__((noinline)) void clinux_touch_stack(size_t bytes) {
  char *below = __builtin_alloca(bytes);
  clinux_touch_pages(below, bytes);
}
