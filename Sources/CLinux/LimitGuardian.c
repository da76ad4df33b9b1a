#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void restore(int fd, const char *value) { (void)!write(fd, value, strlen(value)); }

// The child may only use async-signal-safe calls: it is forked from a program with threads.
static void guard(int wake, int first_fd, const char *first_value, int second_fd, const char *second_value) {
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
    restore(first_fd, first_value);
    restore(second_fd, second_value);
  }
  _exit(0);
}

long clinux_fork_limit_guardian(int32_t first_fd, const char *first_value, int32_t second_fd,
                                const char *second_value) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  // Forked twice, so that the guardian is nobody's zombie: the caller may be a library in a program that waits for
  // children of its own only.
  pid_t child = fork();
  if (child < 0) {
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return -error;
  }
  if (child == 0) {
    close(ends[1]);
    pid_t guardian = fork();
    if (guardian == 0) guard(ends[0], first_fd, first_value, second_fd, second_value);
    _exit(guardian < 0 ? 1 : 0);
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (status != 0) {
    close(ends[1]);
    return -EAGAIN;
  }
  return ends[1];
}
