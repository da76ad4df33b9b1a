// PlainCaller HOW PID ADVICE FLAGS: a program that knows nothing of Scythe, and gives advice about another process by
// process_madvise(2) with no vector; HOW is `libc` or `syscall`. Prints what was returned, and errno if it was -1.
//
// PlainCaller calls: makes calls of other kinds through syscall(), and says `ok` if all is as it should be.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

// Before 2.36 glibc has none; a preloaded library may.
extern ssize_t process_madvise(int, const struct iovec *, size_t, int, unsigned int) __attribute__((weak));

static int wrong(const char *what) {
  printf("wrong: %s\n", what);
  return 1;
}

static int make_calls(void) {
  if (syscall(SYS_getpid) != getpid()) return wrong("a call without arguments");
  errno = 0;
  if (syscall(SYS_close, -1) != -1 || errno != EBADF) return wrong("a call that fails");
  errno = E2BIG;
  if (syscall(SYS_getppid) != getppid() || errno != E2BIG) return wrong("errno after a call that succeeds");
  FILE *file = tmpfile();
  if (!file || ftruncate(fileno(file), 8192) < 0) return wrong("the making of a file");
  if (pwrite(fileno(file), "x", 1, 4096) != 1) return wrong("the writing of a file");
  // The sixth argument is passed on the stack.
  char *page = (char *)syscall(SYS_mmap, NULL, 4096UL, PROT_READ, MAP_PRIVATE, fileno(file), 4096L);
  if (page == MAP_FAILED || *page != 'x') return wrong("a call with six arguments");
  long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) syscall(SYS_exit_group, 7);
  int status;
  if (waitpid((pid_t)child, &status, 0) != child || WEXITSTATUS(status) != 7) return wrong("a call that forks");
  puts("ok");
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "calls")) return make_calls();
  if (argc != 5) return 64;
  int pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[2]), 0);
  if (pidfd < 0) {
    perror("PlainCaller: pidfd_open");
    return 71;
  }
  int advice = atoi(argv[3]);
  unsigned flags = (unsigned)strtoul(argv[4], NULL, 0);
  errno = 0;
  long result;
  if (strcmp(argv[1], "libc")) {
    result = syscall(SYS_process_madvise, pidfd, NULL, 0UL, advice, flags);
  } else if (process_madvise) {
    result = process_madvise(pidfd, NULL, 0, advice, flags);
  } else {
    puts("none");
    return 0;
  }
  if (result == -1) printf("-1 %d\n", errno);
  else printf("%ld\n", result);
  return 0;
}
