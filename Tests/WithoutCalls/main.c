// WithoutCalls CALL=ERRNO... -- PROGRAM [ARGUMENT...]: runs a program for which system calls fail, by a real seccomp
// filter, as under a container's profile (ERRNO is 1, EPERM) or on an older kernel (38, ENOSYS).
//
// Exit 64 for wrong usage, 71 if the kernel takes no filter. No privilege is needed.

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_CALLS = 8, MEMFD_SECRET = 447, PROCESS_MRELEASE = 448 };

static const struct {
  const char *name;
  unsigned number;
} calls[] = {
    {"ptrace", SYS_ptrace},
    {"kcmp", SYS_kcmp},
    {"get_robust_list", SYS_get_robust_list},
    {"process_vm_readv", SYS_process_vm_readv},
    {"pidfd_open", SYS_pidfd_open},
    {"process_mrelease", PROCESS_MRELEASE},
    {"memfd_secret", MEMFD_SECRET},
    {"userfaultfd", SYS_userfaultfd},
    {"mlock", SYS_mlock},
    {"io_uring_setup", SYS_io_uring_setup},
    {"io_uring_register", SYS_io_uring_register},
};

static _Noreturn void misused(const char *word) {
  fprintf(stderr, "WithoutCalls: cannot use '%s'; give CALL=ERRNO... -- PROGRAM\n", word);
  exit(64);
}

static unsigned number_of(const char *name, size_t length) {
  for (size_t index = 0; index < sizeof calls / sizeof *calls; index++)
    if (strlen(calls[index].name) == length && !strncmp(calls[index].name, name, length)) return calls[index].number;
  misused(name);
}

int main(int argc, char **argv) {
  struct sock_filter program[2 + 2 * MOST_CALLS];
  unsigned short length = 0;
  program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  int at = 1;
  for (; at < argc && strcmp(argv[at], "--"); at++) {
    const char *equals = strchr(argv[at], '=');
    if (!equals || at > MOST_CALLS) misused(argv[at]);
    unsigned number = number_of(argv[at], (size_t)(equals - argv[at]));
    unsigned answer = SECCOMP_RET_ERRNO | (unsigned)atoi(equals + 1);
    program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
  }
  program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  if (at + 1 >= argc) misused("nothing");
  struct sock_fprog filter = {.len = length, .filter = program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
    perror("WithoutCalls: cannot filter system calls");
    return 71;
  }
  execv(argv[at + 1], argv + at + 1);
  perror("WithoutCalls: cannot start the program");
  return 71;
}
