// A control group of the victim's own, with its children in it: plain, frozen, or held to a CPU quota.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char group[PATH_MAX - 32];
static enum group_mode mode;

void group_name(enum group_mode wanted, const char *folder) {
  mode = wanted;
  snprintf(group, sizeof group, "%s/scythe-victim.%d", folder, getpid());
}

const char *group_path(void) { return group; }

static bool put(const char *file, const char *text) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", group, file);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  if (fd >= 0) close(fd);
  return is_written;
}

static bool get(const char *file, char *text, size_t size) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", group, file);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = fd >= 0 ? read(fd, text, size - 1) : -1;
  if (fd >= 0) close(fd);
  if (count >= 0) text[count] = '\0';
  return count >= 0;
}

static bool has(const char *file) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", group, file);
  return access(path, W_OK) == 0;
}

const char *group_make(void) {
  if (mkdir(group, 0755) < 0) return "no group can be made there; that needs root, or a cgroup that is delegated";
  switch (mode) {
    case GROUP_FROZEN:
      return has("freezer.state") || has("cgroup.freeze") ? NULL : "groups there cannot be frozen";
    case GROUP_THROTTLED:
      return has("cpu.max") || has("cpu.cfs_quota_us") ? NULL : "groups there have no CPU quota";
    default: return has("cgroup.procs") ? NULL : "that is no folder of a cgroup file system";
  }
}

bool group_add(pid_t pid) {
  char number[16];
  snprintf(number, sizeof number, "%d", pid);
  return put("cgroup.procs", number);
}

static bool is_frozen(void) {
  char state[512];
  if (get("freezer.state", state, sizeof state)) return strcmp(state, "FROZEN\n") == 0;
  return get("cgroup.events", state, sizeof state) && strstr(state, "frozen 1\n");
}

static bool is_throttled(void) {
  char statistics[512];
  const char *count = get("cpu.stat", statistics, sizeof statistics) ? strstr(statistics, "nr_throttled ") : NULL;
  return count && atol(count + strlen("nr_throttled ")) > 0;
}

static bool becomes(bool (*is_so)(void)) {
  for (int look = 0; look < 500; look++) {
    if (is_so()) return true;
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000L}, NULL);
  }
  return false;
}

static bool freeze(void) { return has("cgroup.freeze") ? put("cgroup.freeze", "1") : put("freezer.state", "FROZEN"); }

// The shortest run in the longest period that the kernel takes: a thousandth of one CPU.
static bool throttle(void) {
  if (has("cpu.max")) return put("cpu.max", "1000 1000000");
  return put("cpu.cfs_period_us", "1000000") && put("cpu.cfs_quota_us", "1000");
}

bool group_apply(bool is_busy) {
  switch (mode) {
    case GROUP_FROZEN: return freeze() && becomes(is_frozen);
    // The first milliseconds are free; and since Linux 6.18 who sleeps in the kernel is not throttled at all.
    case GROUP_THROTTLED: return throttle() && (!is_busy || becomes(is_throttled));
    default: return true;
  }
}

void group_lift(void) {
  if (mode == GROUP_FROZEN && !put("cgroup.freeze", "0")) put("freezer.state", "THAWED");
  if (mode == GROUP_THROTTLED && !put("cpu.max", "max")) put("cpu.cfs_quota_us", "-1");
}

bool group_remove(void) { return mode == GROUP_NONE || rmdir(group) == 0 || errno != EBUSY; }
