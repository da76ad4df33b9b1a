#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void copy(char *to, const char *from, size_t capacity) {
  size_t length = strnlen(from, capacity - 1);
  memcpy(to, from, length);
  to[length] = 0;
}

long clinux_uname(char *release, char *machine, size_t capacity) {
  struct utsname names;
  if (uname(&names) < 0) return clinux_failure();
  copy(release, names.release, capacity);
  copy(machine, names.machine, capacity);
  return 0;
}

long clinux_resource_limit(int32_t resource, uint64_t *soft, uint64_t *hard) {
  struct rlimit limit;
  if (getrlimit(resource == CLINUX_OPEN_FILES ? RLIMIT_NOFILE : RLIMIT_MEMLOCK, &limit) < 0) return clinux_failure();
  *soft = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
  *hard = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
  return 0;
}

static void *become_real_time(void *context) {
  struct {
    int sched_priority;
  } lowest = {1};
  // By system call: musl's sched_setscheduler() is a stub that answers ENOSYS.
  *(long *)context = clinux_result(syscall(SYS_sched_setscheduler, 0, SCHED_RR, &lowest));
  return NULL;
}

long clinux_try_real_time(void) {
  // On a thread of its own, so that the caller's class, whatever it is, need not be restored.
  long result = 0;
  pthread_t thread;
  int error = pthread_create(&thread, NULL, become_real_time, &result);
  if (error) return -error;
  pthread_join(thread, NULL);
  return result;
}

long clinux_check_writable(int32_t directory, const char *path) {
  return clinux_result(faccessat(directory, path, W_OK, AT_EACCESS));
}

long clinux_readlinkat(int32_t directory, const char *path, void *buffer, size_t count) {
  return clinux_result(readlinkat(directory, path, buffer, count));
}
