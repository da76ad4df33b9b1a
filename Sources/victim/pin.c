// Memory that the kernel has pinned: the registered buffers of an io_uring. The pages stay in memory until the ring is
// torn down, which is after the victim has given up its descriptors, whatever becomes of the mappings before.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The kernel takes no larger buffer, and before Linux 5.13 no more of them (UIO_MAXIOV).
enum { BUFFER_BYTES = 1 << 30, MAX_BUFFERS = 1024 };
_Static_assert(MAX_PINNED == (size_t)BUFFER_BYTES * MAX_BUFFERS, "the options allow what one ring can hold");

void pin_hold(char *start, size_t size) {
  struct io_uring_params parameters = {0};
  // Never closed: the ring ends with the last process that has it.
  int ring = (int)syscall(SYS_io_uring_setup, 1, &parameters);
  if (ring < 0) cannot("io_uring is not to be had here: %s; see kernel.io_uring_disabled", strerror(errno));
  unsigned count = (unsigned)((size + BUFFER_BYTES - 1) / BUFFER_BYTES);
  struct iovec *buffers = calloc(count, sizeof *buffers);
  if (!buffers) cannot("no memory for a list of %u buffers", count);
  for (unsigned index = 0; index < count; index++) {
    size_t done = (size_t)index * BUFFER_BYTES;
    buffers[index].iov_base = start + done;
    buffers[index].iov_len = size - done < BUFFER_BYTES ? size - done : BUFFER_BYTES;
  }
  if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, buffers, count) < 0)
    cannot("io_uring does not pin %zu bytes: %s; without CAP_IPC_LOCK RLIMIT_MEMLOCK bounds them", size,
           strerror(errno));
  free(buffers);
}
