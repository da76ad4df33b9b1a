// count-calls PROGRAM [ARGUMENT...]: runs a program, and prints how many system calls its main thread made between its
// first two calls of getppid(2), as the kernel shows them to a tracer.
//
// Exit 64 for wrong usage, 69 if the program ended without both of the two calls or failed, 71 if it cannot be traced.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALL_STOP = SIGTRAP | 0x80 };

static _Noreturn void cannot(const char *attempt) {
  fprintf(stderr, "count-calls: cannot ");
  perror(attempt);
  _exit(71);
}

static _Noreturn void run_traced(char **words) {
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) cannot("be traced");
  raise(SIGSTOP);
  execv(words[0], words);
  cannot("start the program");
}

static int wait_for(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) cannot("wait for the program");
  return status;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "count-calls: no program is given\n");
    return 64;
  }
  pid_t child = fork();
  if (child < 0) cannot("fork");
  if (child == 0) run_traced(argv + 1);
  int status = wait_for(child);
  // The program ends with its tracer, however that ends.
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, child, NULL, options) < 0) cannot("trace the program");
  unsigned long calls = 0;
  int marks = 0, signal = 0;
  for (;;) {
    if (ptrace(PTRACE_SYSCALL, child, NULL, (long)signal) < 0 && errno != ESRCH) cannot("go on");
    status = wait_for(child);
    if (!WIFSTOPPED(status)) break;
    signal = 0;
    if (WSTOPSIG(status) == CALL_STOP) {
      struct __ptrace_syscall_info call;
      if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof call, &call) < 0) cannot("see a system call");
      if (call.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
      if (call.entry.nr == SYS_getppid) {
        marks++;
      } else if (marks == 1) {
        calls++;
      }
    } else if (status >> 16 == 0) {
      signal = WSTOPSIG(status);
    }
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || marks < 2) {
    fprintf(stderr, "count-calls: the program ended with status %d after %d of the two calls\n", status, marks);
    return 69;
  }
  printf("%lu\n", calls);
  return 0;
}
