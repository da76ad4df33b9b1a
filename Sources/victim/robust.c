// Process-shared robust mutexes, and the waiter: a process that does not share the victim's memory and finds out
// what became of them. The kernel marks a robust mutex when it walks the dying owner's list, which lies in the
// owner's private memory; a release that comes first takes the list away, and waiters then wait for ever.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TIMEOUT_SECONDS = 2 };

static pthread_mutex_t *mutexes;
static int mutex_count;
static int question[2] = {-1, -1};
static int answer[2] = {-1, -1};

bool robust_open(int count) {
  void *memory =
      mmap(NULL, (size_t)count * sizeof *mutexes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || pipe2(question, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0) return false;
  mutexes = memory;
  mutex_count = count;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  for (int index = 0; index < count; index++) pthread_mutex_init(&mutexes[index], &attributes);
  pthread_mutexattr_destroy(&attributes);
  return true;
}

static struct mutex_counts try_all(void) {
  struct mutex_counts counts = {0};
  for (int index = 0; index < mutex_count; index++) {
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += LOCK_TIMEOUT_SECONDS;
    int error = pthread_mutex_clocklock(&mutexes[index], CLOCK_MONOTONIC, &deadline);
    if (error == 0) {
      counts.ok++;
      pthread_mutex_unlock(&mutexes[index]);
    } else if (error == EOWNERDEAD) {
      counts.recovered++;
      pthread_mutex_consistent(&mutexes[index]);
      pthread_mutex_unlock(&mutexes[index]);
    } else {
      counts.lost++;
    }
  }
  return counts;
}

_Noreturn void robust_wait(void) {
  char byte;
  while (read(question[0], &byte, 1) == 1) {
    struct mutex_counts counts = try_all();
    if (write(answer[1], &counts, sizeof counts) != sizeof counts) break;
  }
  _exit(0);
}

int robust_descriptor(void) { return answer[0]; }

void robust_ask_waiter(void) {
  // From a waiter that somebody has killed no answer comes.
  if (write(question[1], "m", 1) < 0) return;
}

bool robust_receive(struct mutex_counts *counts) { return read(answer[0], counts, sizeof *counts) == sizeof *counts; }

// The victim has no use for the waiter's pipes.
void robust_leave(void) {
  for (int end = 0; end < 2; end++) {
    if (question[end] >= 0) close(question[end]);
    if (answer[end] >= 0) close(answer[end]);
  }
}

void robust_enter(enum robust_mode mode, int thread, int threads) {
  bool holds = mode == ROBUST_HELD || (mode == ROBUST_LAST_THREAD && thread == threads - 1);
  if (holds) pthread_mutex_lock(&mutexes[thread]);
}

_Noreturn void robust_spin(int thread) {
  volatile unsigned work = 0;
  for (;;) {
    // The waiter may find the mutex in mid-loop; it then simply has it for a moment.
    pthread_mutex_lock(&mutexes[thread]);
    for (int step = 0; step < 200; step++) work++;
    pthread_mutex_unlock(&mutexes[thread]);
  }
}
