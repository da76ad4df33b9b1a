#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_EVENTS 64

long clinux_poll_readable(int32_t fd, int32_t timeout_ms) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  return clinux_result(poll(&one, 1, timeout_ms));
}

long clinux_epoll_create(void) { return clinux_result(epoll_create1(EPOLL_CLOEXEC)); }

static long control(int32_t epoll, int operation, int32_t fd, uint64_t key, uint32_t events) {
  struct epoll_event event = {.events = events, .data.u64 = key};
  return clinux_result(epoll_ctl(epoll, operation, fd, &event));
}

static long add(int32_t epoll, int32_t fd, uint64_t key, uint32_t events) {
  return control(epoll, EPOLL_CTL_ADD, fd, key, events);
}

long clinux_epoll_add(int32_t epoll, int32_t fd, uint64_t key) { return add(epoll, fd, key, EPOLLIN); }

long clinux_epoll_add_priority(int32_t epoll, int32_t fd, uint64_t key) { return add(epoll, fd, key, EPOLLPRI); }

long clinux_epoll_add_changes(int32_t epoll, int32_t fd, uint64_t key) {
  return add(epoll, fd, key, EPOLLPRI | EPOLLET);
}

long clinux_epoll_add_once(int32_t epoll, int32_t fd, uint64_t key) {
  return add(epoll, fd, key, EPOLLIN | EPOLLONESHOT);
}

long clinux_epoll_listen_again(int32_t epoll, int32_t fd, uint64_t key) {
  return control(epoll, EPOLL_CTL_MOD, fd, key, EPOLLIN | EPOLLONESHOT);
}

long clinux_epoll_remove(int32_t epoll, int32_t fd) { return clinux_result(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL)); }

long clinux_epoll_wait(int32_t epoll, uint64_t *keys, size_t count, int64_t timeout_ns) {
  struct epoll_event events[MOST_EVENTS];
  int most = count < MOST_EVENTS ? (int)count : MOST_EVENTS;
  // Rounded up: a wait that ends a fraction of a millisecond early would turn into a busy loop.
  int timeout_ms = timeout_ns < 0 ? -1 : (int)((timeout_ns + 999999) / 1000000);
  long ready = clinux_result(epoll_wait(epoll, events, most, timeout_ms));
  for (long i = 0; i < ready; i++) keys[i] = events[i].data.u64;
  return ready;
}

long clinux_eventfd(void) { return clinux_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

long clinux_interruption_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return clinux_failure();
  return clinux_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

long clinux_next_signal(int32_t fd) {
  struct signalfd_siginfo signal;
  long count = clinux_result(read(fd, &signal, sizeof signal));
  if (count < 0) return count;
  return count == sizeof signal ? (long)signal.ssi_signo : -EAGAIN;
}

long clinux_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns) {
  struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
  return clinux_result(
      syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns < 0 ? NULL : &timeout, NULL, 0));
}

long clinux_futex_wake(const void *word, int32_t count) {
  return clinux_result(syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0));
}

long clinux_futex_lock_pi(void *word) {
  return clinux_result(syscall(SYS_futex, word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
}

long clinux_futex_unlock_pi(void *word) {
  return clinux_result(syscall(SYS_futex, word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
}

static int64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clinux_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

int64_t clinux_boot_ns(void) { return clock_ns(CLOCK_BOOTTIME); }

int64_t clinux_wall_ns(void) { return clock_ns(CLOCK_REALTIME); }

int64_t clinux_thread_cpu_ns(void) { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

void clinux_sleep_ns(int64_t ns) {
  struct timespec wait = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
  while (nanosleep(&wait, &wait) < 0 && errno == EINTR) continue;
}
