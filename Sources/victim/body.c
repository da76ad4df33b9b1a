// The victim: prepares what was asked for, says so, and lives.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

static const struct options *wanted;
static sem_t in_place;

_Noreturn void body_sleep(void) {
  for (;;) pause();
}

static void exit_at_once(int signal) {
  (void)signal;
  _exit(0);
}

static void exit_after(int milliseconds) {
  // A timer of zero would be no timer.
  struct itimerval timer = {.it_value.tv_sec = milliseconds / 1000,
                            .it_value.tv_usec = milliseconds > 0 ? milliseconds % 1000 * 1000 : 1};
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void start_exit_timer(void) {
  if (wanted->exit_ms >= 0) exit_after(wanted->exit_ms);
}

static void start_leaving(int signal) {
  (void)signal;
  exit_after(wanted->term_exit_ms);
}

// Handlers rather than a thread in sigwait, because they also interrupt a spinning main thread.
static void prepare_signals(void) {
  struct sigaction action = {.sa_handler = exit_at_once, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  action.sa_handler = start_leaving;
  if (wanted->term_exit_ms >= 0) sigaction(SIGTERM, &action, NULL);
  if (wanted->ignore_term) signal(SIGTERM, SIG_IGN);
}

static void *thread_main(void *argument) {
  int thread = (int)(intptr_t)argument;
  robust_enter(wanted->robust, thread, wanted->threads);
  sem_post(&in_place);
  if (wanted->robust == ROBUST_SPIN) robust_spin(thread);
  body_sleep();
}

static void start_threads(void) {
  sem_init(&in_place, 0, 0);
  robust_enter(wanted->robust, 0, wanted->threads);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  for (int thread = 1; thread < wanted->threads; thread++) {
    pthread_t handle;
    int error = pthread_create(&handle, &attributes, thread_main, (void *)(intptr_t)thread);
    if (error) cannot("start of thread %d of %d: %s", thread + 1, wanted->threads, strerror(error));
  }
  pthread_attr_destroy(&attributes);
  for (int thread = 1; thread < wanted->threads; thread++)
    while (sem_wait(&in_place) < 0) continue;
}

static void set_oom_score_adj(int value) {
  FILE *file = fopen("/proc/self/oom_score_adj", "we");
  // The value is refused when the buffer is written, which is in fclose.
  bool written = file && fprintf(file, "%d", value) > 0;
  if (!file || (fclose(file) < 0) || !written) cannot("oom_score_adj of %d: %s", value, strerror(errno));
}

_Noreturn void body_main(const struct options *options) {
  wanted = options;
  // A well-behaved parent: children that somebody kills do not stay zombies for the victim's lifetime.
  signal(SIGCHLD, SIG_IGN);
  // First of all, so that children get a copy of nothing.
  family_fork_children(options);
  if (options->set_oom_score_adj) set_oom_score_adj(options->oom_score_adj);
  memory_prepare(options);
  if (options->areas || options->churn) areas_prepare(options->areas, options->churn);
  memory_settle();
  if (options->share != SHARE_NONE) family_prepare_sharer();
  prepare_signals();
  start_threads();
  if (options->unmap) report_send_value(REPORT_UNMAPPED, memory_unmap());
  if (options->page_out_self) report_send_value(REPORT_PAGED_OUT, memory_page_out());
  if (options->areas || options->churn) areas_open_holes(options->churn);
  if (options->churn) churn_begin();
  if (options->grow) grow_begin(options->grow, options->grow_to);
  // Late, so that only the main thread has the name.
  if (options->comm) prctl(PR_SET_NAME, options->comm);
  if (options->mmap_lock_fuse) stuck_enter();
  if (options->frozen_write) report_send(REPORT_STUCK, getpid());
  // A vfork parent does not come back to start its timer, and its child says that it is ready.
  if (options->share == SHARE_VFORK) start_exit_timer();
  if (options->share != SHARE_NONE) family_share(options->share);
  if (options->share != SHARE_VFORK) {
    report_send(REPORT_READY, getpid());
    start_exit_timer();
  }
  if (options->frozen_write) filesystem_enter();
  if (options->fork_bomb) family_bomb(options->fork_bomb);
  if (options->robust == ROBUST_SPIN) robust_spin(0);
  volatile unsigned long rounds = 0;
  while (options->spin) rounds++;
  body_sleep();
}
