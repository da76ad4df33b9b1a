// A thread that makes areas, splits them and takes them away, so that the list of them changes while somebody reads it.

#define _GNU_SOURCE
#include "victim.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Half of the slots have areas at any time.
enum { SLOTS = 64, SLOT_BYTES = CHURN_BYTES / SLOTS, PART_BYTES = SLOT_BYTES / 4 };

static char *region;
static sem_t may_begin;

static char *slot(unsigned number) { return region + number % SLOTS * SLOT_BYTES; }

// Every second slot loses its middle first, so that an area also shrinks at both ends.
static void take_away(unsigned number) {
  if (number % 2) munmap(slot(number) + PART_BYTES, 2 * PART_BYTES);
  munmap(slot(number), SLOT_BYTES);
}

// Nobody else has a mapping in the region. Where the limit of areas is reached, a slot stays as it is.
static void *churn_main(void *argument) {
  (void)argument;
  while (sem_wait(&may_begin) < 0) continue;
  for (unsigned number = 0;; number++) {
    take_away(number + SLOTS / 2);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    char *start = mmap(slot(number), SLOT_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (start == MAP_FAILED) continue;
    *start = 1;
    mprotect(start + PART_BYTES, PART_BYTES, PROT_READ);
  }
  return NULL;
}

void churn_prepare(char *start) {
  region = start;
  sem_init(&may_begin, 0, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  pthread_t handle;
  int error = pthread_create(&handle, &attributes, churn_main, NULL);
  if (error) cannot("start of the thread of --churn: %s", strerror(error));
  pthread_attr_destroy(&attributes);
  report_send_value(REPORT_CHURN, (int64_t)(uintptr_t)region);
}

void churn_begin(void) { sem_post(&may_begin); }
