#define _GNU_SOURCE
#include "ExtensionCalls.h"
#include "internal.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define RANGE 0x1u

// A child of a test ends with the test.
static void end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

static void end(pid_t child) {
  kill(child, SIGKILL);
  while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {
  }
}

// --- execve --------------------------------------------------------------------------------------------------------

static int thread_pipe[2], start_pipe[2];

static void *second_thread(void *unused) {
  (void)unused;
  pid_t self = (pid_t)syscall(SYS_gettid);
  if (write(thread_pipe[1], &self, sizeof self) != sizeof self) _exit(1);
  for (;;) pause();
}

static _Noreturn void be_execve_victim(const char *program) {
  end_with_parent();
  pthread_t thread;
  char byte;
  if (pthread_create(&thread, NULL, second_thread, NULL)) _exit(1);
  if (read(start_pipe[0], &byte, 1) != 1) _exit(1);
  execl(program, program, "--comm", "afterwards", (char *)NULL);
  _exit(1);
}

// The caller is the tracer, so all of it is one function of one thread.
static long call_while_thread_is_held(pid_t child, pid_t thread, int32_t advice) {
  if (ptrace(PTRACE_SEIZE, thread, NULL, PTRACE_O_TRACEEXIT) < 0) return -errno;
  if (write(start_pipe[1], "g", 1) != 1) return -EPIPE;
  int status;
  // It stops on its way out, and the first thread waits for it in the middle of execve.
  if (waitpid(thread, &status, __WALL) != thread || status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
    return -ENOTRECOVERABLE;
  int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
  if (pidfd < 0) return -errno;
  long result = extension_call(pidfd, 0, 0, advice, RANGE);
  close(pidfd);
  ptrace(PTRACE_DETACH, thread, NULL, NULL);
  return result;
}

long extension_call_during_execve(const char *program, int32_t advice) {
  if (pipe2(thread_pipe, 0) < 0 || pipe2(start_pipe, 0) < 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) be_execve_victim(program);
  pid_t thread;
  long result = -ENOTRECOVERABLE;
  if (read(thread_pipe[0], &thread, sizeof thread) == sizeof thread)
    result = call_while_thread_is_held(child, thread, advice);
  end(child);
  for (int index = 0; index < 2; index++) {
    close(thread_pipe[index]);
    close(start_pipe[index]);
  }
  return result;
}

// --- races -----------------------------------------------------------------------------------------------------------

uint64_t extension_next_random(uint64_t *state) {
  *state += 0x9e3779b97f4a7c15;
  uint64_t word = *state;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
  word = (word ^ word >> 27) * 0x94d049bb133111eb;
  return word ^ word >> 31;
}

static _Noreturn void be_race_victim(size_t bytes, int ready) {
  end_with_parent();
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  memset(memory, 1, bytes);
  if (write(ready, "r", 1) != 1) _exit(1);
  for (;;) pause();
}

static long race_once(uint64_t *state, size_t bytes, int32_t advice, struct extension_race *counts) {
  int ready[2];
  if (pipe2(ready, 0) < 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) be_race_victim(bytes, ready[1]);
  close(ready[1]);
  char byte;
  long error = read(ready[0], &byte, 1) == 1 ? 0 : -ENOTRECOVERABLE;
  close(ready[0]);
  int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
  if (pidfd < 0) error = -errno;
  if (!error) {
    long spins = (long)(extension_next_random(state) % 20000);
    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    for (volatile long spin = 0; spin < spins; spin++) {
    }
    long result = extension_call(pidfd, 0, 0, advice, RANGE);
    if (result == 0) counts->released++;
    else if (result == -ESRCH) counts->gone++;
    else if (result == -EINVAL) counts->refused++;
    else counts->other++;
  }
  if (pidfd >= 0) close(pidfd);
  end(child);
  return error;
}

long extension_race_exits(int32_t rounds, uint64_t seed, size_t bytes, int32_t advice, struct extension_race *counts) {
  memset(counts, 0, sizeof *counts);
  for (int32_t round = 0; round < rounds; round++) {
    long error = race_once(&seed, bytes, advice, counts);
    if (error) return error;
  }
  return 0;
}

// --- robust lists ------------------------------------------------------------------------------------------------------

// The kernel finds the futex word of an entry at one distance for all: so the words lie as the entries do, in memory that is
// shared, and the entries in private memory below them.
static _Noreturn void be_list_victim(enum extension_list kind, int32_t pages, uint64_t words, int ready) {
  end_with_parent();
  size_t bytes = (size_t)pages * PAGE;
  char *list = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (list == MAP_FAILED) _exit(1);
  static struct robust_list_head head;
  head.futex_offset = (long)(words - (uint64_t)(uintptr_t)list);
  struct robust_list *last = &head.list;
  for (int32_t page = 0; page < pages; page++) {
    struct robust_list *entry = (struct robust_list *)(list + (size_t)page * PAGE);
    *(volatile uint32_t *)(uintptr_t)(words + (uint64_t)page * PAGE) = (uint32_t)syscall(SYS_gettid);
    last->next = entry;
    last = entry;
  }
  last->next = &head.list;
  if (kind == EXTENSION_LIST_CIRCLE) last->next = head.list.next;
  if (kind == EXTENSION_LIST_BROKEN) last->next = (struct robust_list *)(uintptr_t)0x10000;
  if (syscall(SYS_set_robust_list, &head, sizeof head) < 0) _exit(1);
  uint64_t base = (uint64_t)(uintptr_t)list;
  if (write(ready, &base, sizeof base) != sizeof base) _exit(1);
  for (;;) pause();
}

long extension_start_list_victim(enum extension_list kind, int32_t pages, struct extension_list_victim *victim) {
  size_t bytes = (size_t)pages * PAGE;
  void *words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ready[2];
  if (words == MAP_FAILED || pipe2(ready, 0) < 0) return -errno;
  victim->words = (uint64_t)(uintptr_t)words;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) be_list_victim(kind, pages, victim->words, ready[1]);
  close(ready[1]);
  victim->pid = child;
  ssize_t read_bytes = read(ready[0], &victim->private_base, sizeof victim->private_base);
  close(ready[0]);
  return read_bytes == sizeof victim->private_base ? 0 : -ENOTRECOVERABLE;
}

long extension_count_dead_owners(const struct extension_list_victim *victim, int32_t pages) {
  end(victim->pid);
  long count = 0;
  for (int32_t page = 0; page < pages; page++) {
    uint32_t word = *(volatile uint32_t *)(uintptr_t)(victim->words + (uint64_t)page * PAGE);
    if (word & FUTEX_OWNER_DIED) count++;
  }
  munmap((void *)(uintptr_t)victim->words, (size_t)pages * PAGE);
  return count;
}
