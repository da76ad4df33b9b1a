#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static long regular_only(long fd) {
  struct stat file;
  if (fd < 0 || (fstat((int)fd, &file) == 0 && S_ISREG(file.st_mode))) return fd;
  close((int)fd);
  return -EINVAL;
}

// A symbolic link that somebody has put into a folder that others may write to is not followed.
long clinux_create_file(const char *path, uint32_t mode) {
  return regular_only(clinux_result(open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode)));
}

// Without O_NONBLOCK the open of a pipe would wait for somebody who writes.
long clinux_open_stored(const char *path) {
  return regular_only(clinux_result(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
}

long clinux_file_bytes(int32_t fd) {
  struct stat file;
  if (fstat(fd, &file) < 0) return -errno;
  return (long)file.st_size;
}

long clinux_pwrite(int32_t fd, const void *bytes, size_t count, int64_t offset) {
  return clinux_result(pwrite(fd, bytes, count, offset));
}

long clinux_sync_data(int32_t fd) { return clinux_result(fdatasync(fd)); }

long clinux_reserve(int32_t fd, uint64_t bytes) { return -posix_fallocate(fd, 0, (off_t)bytes); }

long clinux_is_in_memory(int32_t fd) {
  struct statfs fs;
  if (fstatfs(fd, &fs) < 0) return -errno;
  // tmpfs and ramfs.
  return (uint32_t)fs.f_type == 0x01021994 || (uint32_t)fs.f_type == 0x858458f6;
}

static struct flock whole_file(short type) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

long clinux_own(int32_t fd) {
  struct flock lock = whole_file(F_WRLCK);
  return clinux_result(fcntl(fd, F_OFD_SETLK, &lock));
}

long clinux_is_owned(int32_t fd) {
  struct flock lock = whole_file(F_RDLCK);
  if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -errno;
  return lock.l_type != F_UNLCK;
}

void *clinux_map_file(int32_t fd, size_t bytes, long *error) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  *error = base == MAP_FAILED ? -errno : 0;
  return base == MAP_FAILED ? NULL : base;
}

int64_t clinux_wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
