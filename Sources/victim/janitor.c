// A process that undoes what would outlive the starter: a frozen or throttled group, a frozen file system. It is told by
// the end of a pipe whose only writer is the starter, so it also learns of the starter's SIGKILL. That comes first:
// whatever is changed is changed only once the janitor waits.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static int alarm_end = -1;
static pid_t janitor = -1;
static bool is_lost;

static void lift(void) {
  group_lift();
  filesystem_thaw();
}

static void remove_group(void) {
  // Members on their way out keep a group busy for a moment.
  for (int attempt = 0; attempt < 500 && !group_remove(); attempt++)
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000L}, NULL);
}

static _Noreturn void wait_and_undo(int alarm) {
  // Neither Ctrl-C in a terminal nor a signal to the starter's group is meant for it.
  setsid();
  // The lifeline ends with its last writer, and the group can only be removed once the victim is dead.
  lifeline_cut();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  char byte;
  while (read(alarm, &byte, 1) < 0 && errno == EINTR) continue;
  lift();
  remove_group();
  _exit(0);
}

bool janitor_start(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  janitor = fork();
  if (janitor == 0) {
    close(ends[1]);
    wait_and_undo(ends[0]);
  }
  close(ends[0]);
  alarm_end = ends[1];
  return janitor > 0;
}

// Takes note of a process that has ended. If somebody has killed the janitor, the starter has to do its work in the end.
bool janitor_forget(pid_t pid) {
  if (pid != janitor) return false;
  is_lost = alarm_end >= 0;
  return true;
}

void janitor_dismiss(void) {
  janitor_leave();
  if (is_lost) lift();
}

void janitor_replace(void) {
  if (is_lost) remove_group();
}

void janitor_leave(void) {
  if (alarm_end >= 0) close(alarm_end);
  alarm_end = -1;
}
