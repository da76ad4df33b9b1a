#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../../../KernelExtension/Boundary/scythe_madvise.h"
#include "CLabGuest.h"

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

// The first page and the last address of what a program can have in four levels of page tables.
#define LOWEST 0x1000ul
#define HIGHEST 0x7ffffffff000ul

static long call(int pidfd, const struct iovec *ranges, unsigned long count, int advice, unsigned int flags) {
  long result = syscall(SYS_process_madvise, pidfd, ranges, count, advice, flags);
  return result < 0 ? -errno : result;
}

long labguest_extension_query(void) { return call(-1, NULL, 0, 0, SCYTHE_PMADV_QUERY); }

long labguest_advise_cold(int pidfd) { return call(pidfd, NULL, 0, MADV_COLD, PMADV_FLAG_RANGE); }

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000l + time.tv_nsec;
}

struct caller {
  int pidfd;
  enum labguest_release way;
  unsigned long begin, end;
  atomic_int *waiting;
  long result, done;
};

static void release(struct caller *caller) {
  if (caller->way == LABGUEST_REAP || caller->way == LABGUEST_REAP_TWICE) {
    caller->result = syscall(SYS_process_mrelease, caller->pidfd, 0) < 0 ? -errno : 0;
  } else if (caller->way == LABGUEST_DONTNEED) {
    caller->result = call(caller->pidfd, NULL, 0, MADV_DONTNEED, PMADV_FLAG_RANGE);
  } else {
    struct iovec bounds[2] = {{.iov_base = (void *)caller->begin}, {.iov_base = (void *)caller->end}};
    caller->result = call(caller->pidfd, bounds, 2, MADV_DONTNEED, PMADV_FLAG_RANGE | SCYTHE_PMADV_BOUNDS);
  }
  caller->done = now();
}

// Nobody begins before both are there.
static void *meet(void *argument) {
  struct caller *caller = argument;
  atomic_fetch_sub(caller->waiting, 1);
  while (atomic_load(caller->waiting) > 0) sched_yield();
  release(caller);
  return NULL;
}

long labguest_release(int pidfd, enum labguest_release way, uint64_t middle) {
  atomic_int waiting = 2;
  struct caller first = {.pidfd = pidfd, .way = way, .begin = LOWEST, .end = middle, .waiting = &waiting};
  if (way == LABGUEST_REAP || way == LABGUEST_DONTNEED) {
    long begin = now();
    release(&first);
    return first.result < 0 ? first.result : first.done - begin;
  }
  struct caller second = first;
  second.begin = middle;
  second.end = HIGHEST;
  pthread_t thread;
  int error = pthread_create(&thread, NULL, meet, &second);
  if (error) return -error;
  while (atomic_load(&waiting) > 1) sched_yield();
  long begin = now();
  meet(&first);
  pthread_join(thread, NULL);
  if (first.result < 0) return first.result;
  if (second.result < 0) return second.result;
  return (first.done > second.done ? first.done : second.done) - begin;
}
