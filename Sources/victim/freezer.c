// A victim frozen in a cgroup v1 freezer group of its own, and a keeper that thaws and removes the group whatever
// happens to the starter: a SIGKILL does not wake who is frozen, so the lifeline alone would leave both behind.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char group[PATH_MAX - 32];
static int alarm_end = -1;
static pid_t keeper = -1;

static bool put(const char *file, const char *text) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", group, file);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  if (fd >= 0) close(fd);
  return is_written;
}

static bool is_frozen(void) {
  char path[PATH_MAX], state[16] = "";
  snprintf(path, sizeof path, "%s/freezer.state", group);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && read(fd, state, sizeof state - 1) < 0) state[0] = '\0';
  if (fd >= 0) close(fd);
  return strcmp(state, "FROZEN\n") == 0;
}

static void sleep_ms(int ms) { nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL); }

static _Noreturn void keep(int alarm) {
  setsid();
  // The lifeline ends with its last writer, and the group can only be removed once the victim is dead.
  lifeline_cut();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  char byte;
  while (read(alarm, &byte, 1) < 0 && errno == EINTR) continue;
  put("freezer.state", "THAWED");
  // Members on their way out keep a group busy for a moment.
  for (int attempt = 0; attempt < 500 && rmdir(group) < 0 && errno == EBUSY; attempt++) sleep_ms(10);
  _exit(0);
}

bool freezer_open(const char *folder) {
  int ends[2];
  snprintf(group, sizeof group, "%s/scythe-victim.%d", folder, getpid());
  if (mkdir(group, 0755) < 0) return false;
  if (pipe2(ends, O_CLOEXEC) < 0) return rmdir(group) == 0 && false;
  keeper = fork();
  if (keeper == 0) {
    close(ends[1]);
    keep(ends[0]);
  }
  close(ends[0]);
  alarm_end = ends[1];
  if (keeper < 0) rmdir(group);
  return keeper > 0;
}

bool freezer_freeze(pid_t victim) {
  char number[16];
  snprintf(number, sizeof number, "%d", victim);
  if (!put("cgroup.procs", number) || !put("freezer.state", "FROZEN")) return false;
  for (int look = 0; look < 500; look++) {
    if (is_frozen()) return true;
    sleep_ms(10);
  }
  return false;
}

pid_t freezer_keeper(void) { return keeper; }

void freezer_release(void) {
  if (alarm_end >= 0) close(alarm_end);
  alarm_end = -1;
}
