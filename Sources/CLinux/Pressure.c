#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <poll.h>

long clinux_poll_pressure(int32_t fd, int32_t timeout_ms) {
  struct pollfd one = {.fd = fd, .events = POLLPRI};
  long ready = clinux_result(poll(&one, 1, timeout_ms));
  if (ready <= 0) return ready;
  return one.revents & POLLERR ? -ENODEV : 1;
}
