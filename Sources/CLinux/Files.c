#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

long clinux_openat(int32_t directory, const char *path, int32_t flags) {
  return clinux_result(openat(directory, path, flags | O_CLOEXEC));
}

long clinux_close(int32_t fd) { return clinux_result(close(fd)); }

long clinux_pipe(int32_t *reading, int32_t *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return clinux_failure();
  *reading = ends[0];
  *writing = ends[1];
  return 0;
}

long clinux_read(int32_t fd, void *buffer, size_t count) { return clinux_result(read(fd, buffer, count)); }

long clinux_pread(int32_t fd, void *buffer, size_t count, int64_t offset) {
  return clinux_result(pread(fd, buffer, count, offset));
}

long clinux_write(int32_t fd, const void *bytes, size_t count) { return clinux_result(write(fd, bytes, count)); }

long clinux_lock(int32_t fd) { return clinux_result(flock(fd, LOCK_EX | LOCK_NB)); }

long clinux_getdents(int32_t fd, void *buffer, size_t count) {
  return clinux_result(syscall(SYS_getdents64, fd, buffer, count));
}

long clinux_mkdirat(int32_t directory, const char *path, uint32_t mode) {
  return clinux_result(mkdirat(directory, path, mode));
}

long clinux_rmdirat(int32_t directory, const char *path) {
  return clinux_result(unlinkat(directory, path, AT_REMOVEDIR));
}

long clinux_fstatfs_magic(int32_t fd) {
  struct statfs fs;
  return fstatfs(fd, &fs) < 0 ? clinux_failure() : (long)(uint32_t)fs.f_type;
}

long clinux_owner(const char *path, uint32_t *user, uint32_t *mode) {
  struct stat status;
  if (stat(path, &status) < 0) return clinux_failure();
  *user = status.st_uid;
  *mode = status.st_mode;
  return 0;
}

long clinux_file_rights(int32_t fd, uint32_t *user, uint32_t *group, uint32_t *mode) {
  struct stat status;
  if (fstat(fd, &status) < 0) return clinux_failure();
  *user = status.st_uid;
  *group = status.st_gid;
  *mode = status.st_mode;
  return 0;
}

long clinux_attribute(int32_t fd, const char *name, void *buffer, size_t count) {
  return clinux_result(fgetxattr(fd, name, buffer, count));
}

void clinux_open_standard_streams(void) {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= 2) fd = open("/dev/null", O_RDWR);
  if (fd > 2) close(fd);
}

long clinux_is_socket(int32_t fd) {
  struct stat file;
  return fstat(fd, &file) < 0 ? clinux_failure() : S_ISSOCK(file.st_mode);
}

void *clinux_map_anonymous(size_t bytes, long *error) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *error = base == MAP_FAILED ? clinux_failure() : 0;
  return base == MAP_FAILED ? NULL : base;
}

long clinux_unmap(void *base, size_t bytes) { return clinux_result(munmap(base, bytes)); }

long clinux_page_bytes(void) { return sysconf(_SC_PAGESIZE); }

long clinux_clock_ticks(void) { return sysconf(_SC_CLK_TCK); }

long clinux_raise_descriptor_limit(uint64_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return clinux_failure();
  if (limit.rlim_cur >= wanted) return (long)limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? clinux_failure() : (long)limit.rlim_cur;
}
