#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <pthread.h>

void clinux_enter_call(struct clinux_caller *caller) {
  int before;
  caller->error = errno;
  // Half of the calls in between are cancellation points, and nothing in between would close its descriptors then.
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  caller->cancellation = before;
}

void clinux_leave_call(const struct clinux_caller *caller, int32_t error) {
  int ignored;
  pthread_setcancelstate(caller->cancellation, &ignored);
  errno = error ? error : caller->error;
}
