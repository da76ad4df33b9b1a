#define _GNU_SOURCE
#include "CLabGuest.h"
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

static long result(long value) { return value < 0 ? -errno : value; }

long labguest_make_raw(int descriptor) {
  struct termios settings;
  if (tcgetattr(descriptor, &settings) < 0) return -errno;
  cfmakeraw(&settings);
  return result(tcsetattr(descriptor, TCSANOW, &settings));
}

long labguest_set_name(const char *name) { return result(prctl(PR_SET_NAME, name)); }

long labguest_fork(void) { return result(fork()); }

long labguest_set_real_time(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  return result(sched_setscheduler(0, priority > 0 ? SCHED_FIFO : SCHED_OTHER, &parameters));
}

long labguest_adopt_orphans(void) { return result(prctl(PR_SET_CHILD_SUBREAPER, 1)); }

long labguest_count_calls(int32_t pid, uint64_t event) {
  struct perf_event_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = event;
  attributes.inherit = 1;
  return result(syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

long labguest_attribute(const char *path, const char *name, void *value, size_t size) {
  return result(getxattr(path, name, value, size));
}
