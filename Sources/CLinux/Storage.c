#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// A symbolic link that somebody has put into a folder that others may write to is not followed; without O_NONBLOCK the open
// of a pipe would wait for somebody who reads.
long clinux_create_file(const char *path, uint32_t mode) {
  return clinux_result(open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode));
}

long clinux_file_bytes(int32_t fd) {
  struct stat file;
  if (fstat(fd, &file) < 0) return clinux_failure();
  return (long)file.st_size;
}

long clinux_pwrite(int32_t fd, const void *bytes, size_t count, int64_t offset) {
  return clinux_result(pwrite(fd, bytes, count, offset));
}

long clinux_sync_data(int32_t fd) { return clinux_result(fdatasync(fd)); }

long clinux_reserve(int32_t fd, uint64_t bytes) { return -posix_fallocate(fd, 0, (off_t)bytes); }

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
  if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return clinux_failure();
  return lock.l_type != F_UNLCK;
}

void *clinux_map_file(int32_t fd, size_t bytes, long *error) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  *error = base == MAP_FAILED ? clinux_failure() : 0;
  return base == MAP_FAILED ? NULL : base;
}
