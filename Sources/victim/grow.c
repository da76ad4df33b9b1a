// A thread that takes memory step by step: a hog of a known speed, and of a known end.

#define _GNU_SOURCE
#include "victim.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { STEPS_PER_SECOND = 100 };

static size_t speed, end;

static void *grow_main(void *argument) {
  (void)argument;
  size_t step = speed / STEPS_PER_SECOND;
  const struct timespec pause = {.tv_nsec = 1000000000 / STEPS_PER_SECOND};
  for (size_t grown = 0; grown < end; grown += step) {
    char *start = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) break;
    memset(start, 1, step);
    nanosleep(&pause, NULL);
  }
  return NULL;
}

void grow_begin(size_t bytes_per_second, size_t bytes) {
  speed = bytes_per_second;
  end = bytes;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  pthread_t handle;
  int error = pthread_create(&handle, &attributes, grow_main, NULL);
  if (error) cannot("start of the thread of --grow: %s", strerror(error));
  pthread_attr_destroy(&attributes);
}
