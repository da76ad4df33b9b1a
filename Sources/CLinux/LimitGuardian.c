#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// The children here are forked from a program with threads, so they may use async-signal-safe calls only.

static void put(int fd, const char *value) { (void)!write(fd, value, strlen(value)); }

static _Noreturn void guard(int wake, int first_fd, const char *first_value, int second_fd, const char *second_value) {
  // A signal for the whole terminal group (Ctrl-C) must not take the guardian along with the program that it guards.
  setsid();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  char byte;
  ssize_t got;
  while ((got = read(wake, &byte, 1)) < 0 && errno == EINTR) continue;
  // A byte is a word: the program has restored everything itself. The end of the pipe is a death.
  if (got <= 0) {
    put(first_fd, first_value);
    put(second_fd, second_value);
  }
  _exit(0);
}

static long reap(pid_t child) {
  int status = 0;
  long got;
  while ((got = waitpid(child, &status, 0)) < 0 && errno == EINTR) continue;
  return got < 0 ? clinux_failure() : status;
}

long clinux_fork_limit_guardian(int32_t first_fd, const char *first_value, int32_t second_fd,
                                const char *second_value) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return clinux_failure();
  // Forked twice, so that the guardian is nobody's zombie: the caller may be a library in a program that waits for
  // children of its own only.
  pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    pid_t guardian = fork();
    if (guardian == 0) guard(ends[0], first_fd, first_value, second_fd, second_value);
    _exit(guardian < 0 ? 1 : 0);
  }
  close(ends[0]);
  if (child > 0 && reap(child) == 0) return ends[1];
  close(ends[1]);
  return -EAGAIN;
}

long clinux_fork_limit_writer(int32_t fd, const char *value) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    // The kernel lets one write at a time through an open file: the guardian waits for this one.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    put(fd, value);
    _exit(0);
  }
  return clinux_result(child);
}

long clinux_limit_writer_has_ended(int32_t pid) { return waitpid(pid, NULL, WNOHANG) != 0; }

void clinux_limit_writer_stop(int32_t pid) {
  kill(pid, SIGKILL);
  reap(pid);
}
