// The victim's areas: memory of many kinds, one area directly behind the other at addresses that a test can reckon.
//
// Until areas_open_holes everything that shall be unmapped is reserved, or a stack made meanwhile would lie in it.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

// Before, between and behind the two regions, so that nothing merges with them.
enum { HOLE_PAGES = 16 };

static const char *specification;
static size_t page_size;
static char *region;
static size_t region_size;
static size_t hole_size;
static size_t bytes_of_kind[128];

// What the areas of a kind are mapped from, each behind the one before.
struct backing {
  int fd;
  off_t used;
};
static struct backing nothing = {.fd = -1};
static struct backing memfd, file, secret;
static int fault_handler;

bool areas_parse_next(const char **text, struct area *area) {
  const char *digits = *text + 1;
  // strchr would find the end of the text too, and strtoul would take signs and blanks.
  if (!**text || !strchr(AREA_KINDS, **text) || *digits < '0' || *digits > '9') return false;
  area->kind = **text;
  char *end;
  errno = 0;
  area->pages = strtoul(digits, &end, 10);
  *text = end;
  return errno == 0 && area->pages > 0 && (*end == ',' || *end == '\0');
}

static void for_each(void (*act)(char kind, char *start, size_t size)) {
  char *start = region;
  struct area area;
  for (const char *text = specification; text && areas_parse_next(&text, &area); text++) {
    act(area.kind, start, area.pages * page_size);
    start += area.pages * page_size;
    if (!*text) break;
  }
}

static void count(char kind, char *start, size_t size) {
  (void)start;
  bytes_of_kind[(int)kind] += size;
  region_size += size;
}

static void map(char kind, char *start, size_t size, int protection, int flags, struct backing *from) {
  void *memory = mmap(start, size, protection, flags | MAP_FIXED, from->fd, from->used);
  if (memory == MAP_FAILED) cannot("area %c of %zu bytes: mmap: %s", kind, size, strerror(errno));
  if (from->fd >= 0) from->used += (off_t)size;
  // A kernel without transparent huge pages answers EINVAL, and then there is nothing to switch off.
  madvise(start, size, MADV_NOHUGEPAGE);
}

static void map_anonymous(char kind, char *start, size_t size) {
  map(kind, start, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, &nothing);
  memory_fill(start, size);
}

static void protect(char kind, char *start, size_t size, int protection) {
  if (mprotect(start, size, protection) < 0) cannot("area %c of %zu bytes: mprotect: %s", kind, size, strerror(errno));
}

static void read_in(char kind, char *start, size_t size, int flags) {
  map(kind, start, size, PROT_READ, flags, &file);
  for (size_t offset = 0; offset < size; offset += page_size) (void)((volatile char *)start)[offset];
}

// A ring has a page for its head and a power of two of pages for data, or none. The mapping keeps the event.
static bool map_ring(char *start, size_t size) {
  while (size > 0) {
    size_t pages = size / page_size, data = 1;
    while (data * 2 < pages) data *= 2;
    size_t piece = (pages == 1 ? 1 : 1 + data) * page_size;
    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE,
                                    .size = sizeof event,
                                    .config = PERF_COUNT_SW_DUMMY,
                                    .disabled = 1,
                                    .exclude_kernel = 1};
    int fd = (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return false;
    void *memory = mmap(start, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    int error = errno;
    close(fd);
    errno = error;
    if (memory == MAP_FAILED) return false;
    // Only on newer kernels (not yet on 6.12) is it VM_PFNMAP. Such memory refuses this advice, and that tells.
    if (madvise(start, piece, MADV_COLD) == 0) {
      errno = EOPNOTSUPP;
      return false;
    }
    start += piece;
    size -= piece;
  }
  return true;
}

// The ROM of a PC's firmware, which even a strict /dev/mem shows to root; over and over again if need be.
static bool map_firmware(char *start, size_t size) {
  enum { ROM_ADDRESS = 0xf0000, ROM_BYTES = 0x10000 };
  int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  void *memory = start;
  for (size_t done = 0; done < size && memory != MAP_FAILED; done += ROM_BYTES) {
    size_t piece = size - done < ROM_BYTES ? size - done : ROM_BYTES;
    memory = mmap(start + done, piece, PROT_READ, MAP_SHARED | MAP_FIXED, fd, ROM_ADDRESS);
  }
  int error = errno;
  close(fd);
  errno = error;
  return memory != MAP_FAILED;
}

static void map_device(char *start, size_t size) {
  if (map_ring(start, size)) return;
  int ring_error = errno;
  // No ring can be replaced in part.
  munmap(start, size);
  if (map_firmware(start, size)) return;
  cannot("area d of %zu bytes: perf ring: %s; /dev/mem: %s", size, strerror(ring_error), strerror(errno));
}

static void watch_faults(char *start, size_t size) {
  struct uffdio_register range = {.range = {(uintptr_t)start, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(fault_handler, UFFDIO_REGISTER, &range) < 0)
    cannot("area u of %zu bytes: UFFDIO_REGISTER: %s", size, strerror(errno));
}

static void make(char kind, char *start, size_t size) {
  switch (kind) {
    case 'a': map_anonymous(kind, start, size); break;
    case 'r':
      map_anonymous(kind, start, size);
      protect(kind, start, size, PROT_READ);
      break;
    case 'n':
      map_anonymous(kind, start, size);
      protect(kind, start, size, PROT_NONE);
      break;
    case 'l':
      map_anonymous(kind, start, size);
      if (mlock(start, size) < 0) cannot("area l of %zu bytes: mlock: %s", size, strerror(errno));
      break;
    case 'u':
      map_anonymous(kind, start, size);
      watch_faults(start, size);
      break;
    case 's':
      map(kind, start, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, &nothing);
      memory_fill(start, size);
      break;
    case 'p':
      map(kind, start, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, &memfd);
      memory_fill(start, size);
      break;
    case 'S':
      map(kind, start, size, PROT_READ | PROT_WRITE, MAP_SHARED, &secret);
      memory_fill(start, size);
      break;
    case 'f': read_in(kind, start, size, MAP_PRIVATE); break;
    case 'F': read_in(kind, start, size, MAP_SHARED); break;
    case 'd': map_device(start, size); break;
    case 'x': break;
  }
}

static void open_memory(struct backing *backing, char kind, const char *call, int fd) {
  if (fd < 0) cannot("area %c: %s: %s", kind, call, strerror(errno));
  if (ftruncate(fd, (off_t)bytes_of_kind[(int)kind]) < 0) cannot("area %c: ftruncate: %s", kind, strerror(errno));
  backing->fd = fd;
}

static void open_file(size_t size) {
  file.fd = memory_open_file();
  char page[page_size];
  memset(page, 0x5c, page_size);
  // A page at a time, because the page cache would hold a larger write in a larger folio.
  for (size_t done = 0; done < size; done += page_size)
    if (write(file.fd, page, page_size) < (ssize_t)page_size) cannot("write for areas f and F: %s", strerror(errno));
  if (fdatasync(file.fd) < 0) cannot("fdatasync for areas f and F: %s", strerror(errno));
}

static void open_fault_handler(void) {
  // Faults of user mode only need no right; Linux before 5.11 does not know that, and refuses it.
  fault_handler = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
  if (fault_handler < 0 && errno == EINVAL) fault_handler = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  if (fault_handler < 0) cannot("area u: userfaultfd: %s", strerror(errno));
  struct uffdio_api api = {.api = UFFD_API};
  if (ioctl(fault_handler, UFFDIO_API, &api) < 0) cannot("area u: UFFDIO_API: %s", strerror(errno));
}

static void open_backings(void) {
  if (bytes_of_kind['p']) open_memory(&memfd, 'p', "memfd_create", memfd_create("scythe-victim", MFD_CLOEXEC));
  if (bytes_of_kind['S']) open_memory(&secret, 'S', "memfd_secret", (int)syscall(SYS_memfd_secret, O_CLOEXEC));
  if (bytes_of_kind['f'] + bytes_of_kind['F']) open_file(bytes_of_kind['f'] + bytes_of_kind['F']);
  // Stays open: with its end the areas would be ordinary ones.
  if (bytes_of_kind['u']) open_fault_handler();
}

static void close_backings(void) {
  if (memfd.fd > 0) close(memfd.fd);
  if (secret.fd > 0) close(secret.fd);
  if (file.fd > 0) close(file.fd);
}

void areas_prepare(const char *areas, bool has_churn) {
  specification = areas;
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  hole_size = HOLE_PAGES * page_size;
  for_each(count);
  size_t whole = hole_size + region_size + hole_size + (has_churn ? CHURN_BYTES + hole_size : 0);
  char *reserved = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) cannot("reservation of %zu bytes for the areas: %s", whole, strerror(errno));
  region = reserved + hole_size;
  open_backings();
  for_each(make);
  close_backings();
  if (areas) report_send_value(REPORT_AREAS, (int64_t)(uintptr_t)region);
  if (has_churn) churn_prepare(region + region_size + hole_size);
}

static void unmap(char *start, size_t size) {
  if (munmap(start, size) < 0) cannot("munmap of %zu bytes between the areas: %s", size, strerror(errno));
}

static void open_hole(char kind, char *start, size_t size) {
  if (kind == 'x') unmap(start, size);
}

void areas_open_holes(bool has_churn) {
  for_each(open_hole);
  unmap(region - hole_size, hole_size);
  unmap(region + region_size, hole_size + (has_churn ? CHURN_BYTES + hole_size : 0));
}
