#define _GNU_SOURCE
#include "ExtensionCalls.h"
#include "internal.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096

long extension_load(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  long result = result_of(syscall(SYS_finit_module, file, "", 0));
  close(file);
  return result;
}

long extension_unload(const char *name) { return result_of(syscall(SYS_delete_module, name, O_NONBLOCK)); }

long extension_set_trap(struct extension_trap *trap) {
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -errno;
  struct uffdio_api api = {.api = UFFD_API};
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) < 0) return -errno;
  struct uffdio_register range = {
      .range = {.start = (uint64_t)(uintptr_t)page, .len = PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(fd, UFFDIO_REGISTER, &range) < 0) return -errno;
  trap->fd = fd;
  trap->page = (uint64_t)(uintptr_t)page;
  return 0;
}

long extension_wait_for_trapped(const struct extension_trap *trap, int32_t timeout_ms) {
  struct pollfd event = {.fd = trap->fd, .events = POLLIN};
  return result_of(poll(&event, 1, timeout_ms));
}

void extension_open_trap(const struct extension_trap *trap) {
  // Its end wakes everybody who waits, and the page is like any other.
  close(trap->fd);
}

long extension_open_log(void) {
  int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -errno;
  if (lseek(fd, 0, SEEK_END) < 0) return -errno;
  return fd;
}

long extension_read_log(int32_t fd, char *text, size_t capacity) {
  char line[8192];
  for (;;) {
    ssize_t bytes = read(fd, line, sizeof line - 1);
    // Older messages than those that are still kept: the next reading begins with what is.
    if (bytes < 0 && errno == EPIPE) continue;
    if (bytes < 0) return errno == EAGAIN ? 0 : -errno;
    line[bytes] = 0;
    const char *message = strchr(line, ';');
    message = message ? message + 1 : line;
    size_t length = strcspn(message, "\n");
    if (length >= capacity) length = capacity - 1;
    memcpy(text, message, length);
    text[length] = 0;
    return 1;
  }
}
