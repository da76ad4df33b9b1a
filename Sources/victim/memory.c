// The victim's memory, one kind of mapping per option.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)  // MAP_HUGE_SHIFT of linux/mman.h
#endif

enum { HUGE_PAGE = 2 << 20 };

static size_t page_size;
static char *anon_start;
static size_t anon_size;

static size_t round_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

static void *map_or_say(const char *kind, void *at, size_t size, int protection, int flags, int fd) {
  void *memory = mmap(at, size, protection, flags, fd, 0);
  if (memory == MAP_FAILED) cannot("mmap of %zu bytes for %s: %s", size, kind, strerror(errno));
  return memory;
}

// Private anonymous memory with an unused hole at both ends, so that it does not merge with a neighbour and the
// number of VMAs is the one that was asked for.
static char *map_anonymous(const char *kind, size_t size, size_t alignment) {
  size_t hole = alignment > page_size ? alignment : page_size;
  char *reserved = map_or_say(kind, NULL, size + 3 * hole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  char *start = (char *)round_up((uintptr_t)reserved + hole, hole);
  return map_or_say(kind, start, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
}

// A number per page keeps same-page merging from sharing them, and no page is all zero.
void memory_fill(char *start, size_t size) {
  static uint64_t serial = 0;
  for (size_t offset = 0; offset < size; offset += page_size) {
    memset(start + offset, 0x5c, page_size);
    serial++;
    memcpy(start + offset, &serial, sizeof serial);
  }
}

// Every second piece becomes read-only: neighbours that differ in protection stay separate VMAs.
static void split(char *start, size_t size, size_t unit, int vmas) {
  size_t piece = size / (size_t)vmas / unit * unit;
  if (piece == 0) cannot("%zu bytes of anonymous memory are too few for %d VMAs", size, vmas);
  for (int index = 1; index < vmas; index += 2) {
    size_t length = index == vmas - 1 ? size - piece * (size_t)index : piece;
    if (mprotect(start + piece * (size_t)index, length, PROT_READ) < 0)
      cannot("split of the anonymous memory into %d VMAs: %s", vmas, strerror(errno));
  }
}

static bool has_transparent_huge_pages(void) {
  FILE *rollup = fopen("/proc/self/smaps_rollup", "re");
  if (!rollup) return false;
  char line[128];
  long kib = 0;
  while (fgets(line, sizeof line, rollup))
    if (sscanf(line, "AnonHugePages: %ld kB", &kib) == 1) break;
  fclose(rollup);
  return kib > 0;
}

static void prepare_anon(const struct options *options) {
  size_t unit = options->thp ? HUGE_PAGE : page_size;
  size_t size = round_up(options->anon, unit);
  char *start = map_anonymous("--anon", size, unit);
  // A kernel without transparent huge pages answers EINVAL, and then there is nothing to switch off.
  int advised = madvise(start, size, options->thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  if (options->thp && advised < 0) cannot("madvise(MADV_HUGEPAGE): %s", strerror(errno));
  memory_fill(start, size);
  if (options->thp && !has_transparent_huge_pages()) cannot("no transparent huge page could be had");
  if (options->locked && mlock(start, size) < 0) cannot("mlock of %zu bytes: %s", size, strerror(errno));
  split(start, size, unit, options->vmas);
  anon_start = start;
  anon_size = size;
}

static int64_t now_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t memory_unmap(void) {
  int64_t begun = now_nanoseconds();
  if (munmap(anon_start, anon_size) < 0) cannot("munmap of %zu bytes: %s", anon_size, strerror(errno));
  return now_nanoseconds() - begun;
}

int64_t memory_page_out(void) {
  int64_t begun = now_nanoseconds();
  if (madvise(anon_start, anon_size, MADV_PAGEOUT) < 0)
    cannot("madvise(MADV_PAGEOUT) of %zu bytes: %s", anon_size, strerror(errno));
  return now_nanoseconds() - begun;
}

static void prepare_memfd_private(size_t size) {
  int fd = memfd_create("scythe-victim", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)size) < 0) cannot("memfd of %zu bytes: %s", size, strerror(errno));
  memory_fill(map_or_say("--memfd-private", NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd), size);
  close(fd);
}

int memory_open_file(void) {
  // /var/tmp rather than /tmp, which is often a tmpfs, where file pages would count as shared memory.
  const char *directory = getenv("TMPDIR");
  if (!directory || !*directory) directory = "/var/tmp";
  char path[512];
  snprintf(path, sizeof path, "%s/scythe-victim-XXXXXX", directory);
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0) cannot("temporary file in %s: %s", directory, strerror(errno));
  unlink(path);
  return fd;
}

static void prepare_file(size_t size) {
  int fd = memory_open_file();
  char page[65536];
  memset(page, 0x5c, sizeof page);
  for (size_t done = 0; done < size;) {
    ssize_t written = write(fd, page, size - done < sizeof page ? size - done : sizeof page);
    if (written <= 0) cannot("write of the %zu bytes for --file: %s", size, strerror(errno));
    done += (size_t)written;
  }
  // Without this the mapped pages are dirty page cache for some seconds.
  if (fdatasync(fd) < 0) cannot("fdatasync of the file for --file: %s", strerror(errno));
  volatile const char *start = map_or_say("--file", NULL, size, PROT_READ, MAP_PRIVATE, fd);
  for (size_t offset = 0; offset < size; offset += page_size) (void)start[offset];
  close(fd);
}

void memory_take(size_t bytes) {
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  size_t size = round_up(bytes, page_size);
  memory_fill(map_anonymous("--child-anon", size, page_size), size);
}

void memory_settle(void) {
  // A new page is first on a short list of the CPU that made it, and takes no advice while it is there. A migration flushes
  // the lists of all CPUs; this one moves nothing. A kernel without NUMA has no such call, and keeps them.
  unsigned long node = 1;
  syscall(SYS_migrate_pages, 0, 8 * sizeof node, &node, &node);
}

void memory_prepare(const struct options *options) {
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  if (options->anon) prepare_anon(options);
  if (options->shared) {
    size_t size = round_up(options->shared, page_size);
    memory_fill(map_or_say("--shared", NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1), size);
  }
  if (options->memfd_private) prepare_memfd_private(round_up(options->memfd_private, page_size));
  if (options->file) prepare_file(round_up(options->file, page_size));
  if (options->hugetlb) {
    // The pages are reserved by mmap: too few of them is an error here and not a SIGBUS in memory_fill.
    size_t size = round_up(options->hugetlb, HUGE_PAGE);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB;
    memory_fill(map_or_say("--hugetlb", NULL, size, PROT_READ | PROT_WRITE, flags, -1), size);
  }
  if (options->pinned) {
    size_t size = round_up(options->pinned, page_size);
    char *start = map_anonymous("--pinned", size, page_size);
    memory_fill(start, size);
    pin_hold(start, size);
  }
  if (options->prot_none) {
    size_t size = round_up(options->prot_none, page_size);
    char *start = map_anonymous("--prot-none", size, page_size);
    memory_fill(start, size);
    if (mprotect(start, size, PROT_NONE) < 0) cannot("mprotect(PROT_NONE): %s", strerror(errno));
  }
}
