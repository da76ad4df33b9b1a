#define _GNU_SOURCE
#include "CMapsAdvice.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  MOST_RANGES = 1024,
  MOST_CALL_BYTES = 0x7ffff000,
  // The kernel hands out a page of the text at most; stdio's own buffer is a quarter of that, for four times the calls.
  TEXT_BYTES = 4096,
};

// Goes on behind a range that cannot take the advice: [vvar] is in every process.
static long give(int pidfd, struct iovec *ranges, size_t count, int advice) {
  size_t first = 0;
  long taken = 0;
  while (first < count) {
    long walked = syscall(SYS_process_madvise, pidfd, ranges + first, count - first, advice, 0);
    if (walked < 0) {
      if (errno != EINVAL && errno != ENOMEM) return -errno;
      first++;
      continue;
    }
    size_t rest = (size_t)walked;
    for (; first < count && rest >= ranges[first].iov_len; first++, taken++) rest -= ranges[first].iov_len;
    if (first < count) {
      ranges[first].iov_base = (char *)ranges[first].iov_base + rest;
      ranges[first].iov_len -= rest;
    }
  }
  return taken;
}

static long advise_text(FILE *maps, int pidfd, int advice, size_t most_ranges) {
  struct iovec ranges[MOST_RANGES];
  size_t count = 0, bytes = 0, capacity = 0;
  char *line = NULL;
  long taken = 0, result = 0;
  while (result >= 0 && getline(&line, &capacity, maps) > 0) {
    char *dash;
    size_t base = strtoul(line, &dash, 16);
    size_t length = strtoul(dash + 1, NULL, 16) - base;
    // [vsyscall] is where no range may be: the kernel would refuse all others with it.
    if (base > PTRDIFF_MAX) continue;
    if (count == most_ranges || (count && length > MOST_CALL_BYTES - bytes)) {
      result = give(pidfd, ranges, count, advice);
      taken += result;
      count = bytes = 0;
    }
    ranges[count++] = (struct iovec){(void *)base, length};
    bytes += length < MOST_CALL_BYTES ? length : MOST_CALL_BYTES;
  }
  free(line);
  if (result < 0) return result;
  result = give(pidfd, ranges, count, advice);
  return result < 0 ? result : taken + result;
}

static long advise(int32_t pid, int32_t advice, size_t most_ranges) {
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) return -errno;
  char path[32], text[TEXT_BYTES];
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "re");
  long result = -errno;
  if (maps) {
    setvbuf(maps, text, _IOFBF, sizeof text);
    result = advise_text(maps, pidfd, advice, most_ranges);
    fclose(maps);
  }
  close(pidfd);
  return result;
}

long maps_advise_each(int32_t pid, int32_t advice) { return advise(pid, advice, 1); }

long maps_advise_vectors(int32_t pid, int32_t advice) { return advise(pid, advice, MOST_RANGES); }
