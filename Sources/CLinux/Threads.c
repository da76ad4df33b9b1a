#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

static int create(clinux_thread_body body, void *context, size_t stack_bytes, int32_t realtime_priority) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error) return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  if (realtime_priority > 0) {
    struct sched_param parameters = {.sched_priority = realtime_priority};
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_RR);
    pthread_attr_setschedparam(&attributes, &parameters);
  }
  // A thread of ours takes no signal of the program that it lives in: handlers there expect threads of that program.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  error = pthread_create(&thread, &attributes, body, context);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

long clinux_thread_start(clinux_thread_body body, void *context, size_t stack_bytes, int32_t realtime_priority) {
  int error = create(body, context, stack_bytes, realtime_priority);
  if (error && realtime_priority > 0) error = create(body, context, stack_bytes, 0);
  return -error;
}

// By system call: musl's sched_setscheduler() is a stub that answers ENOSYS.
long clinux_sched_set(int32_t tid, int32_t policy, int32_t priority, int32_t reset_on_fork) {
  struct {
    int sched_priority;
  } parameters = {priority};
  return clinux_result(
      syscall(SYS_sched_setscheduler, tid, policy | (reset_on_fork ? SCHED_RESET_ON_FORK : 0), &parameters));
}

long clinux_sched_get(int32_t tid) { return clinux_result(syscall(SYS_sched_getscheduler, tid)); }

long clinux_set_nice(int32_t tid, int32_t nice) { return clinux_result(setpriority(PRIO_PROCESS, tid, nice)); }

int32_t clinux_current_cpu(void) { return sched_getcpu(); }

long clinux_keep_off(int32_t tid, const int32_t *cpus, size_t count) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) < 0) return clinux_failure();
  for (size_t i = 0; i < count; i++)
    if (cpus[i] >= 0 && cpus[i] < CPU_SETSIZE) CPU_CLR(cpus[i], &set);
  if (CPU_COUNT(&set) == 0) return -EINVAL;
  return clinux_result(sched_setaffinity(tid, sizeof set, &set));
}

long clinux_usable_cpus(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) < 0 ? clinux_failure() : CPU_COUNT(&set);
}
