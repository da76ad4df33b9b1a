// The pipe from the victim and its relatives to the starter. A report is smaller than PIPE_BUF, so that writers in
// several processes do not mix.

#define _GNU_SOURCE
#include "victim.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

_Static_assert(sizeof(struct report) <= PIPE_BUF, "a report is written in one piece");

static int read_end = -1;
static int write_end = -1;

bool report_open(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  read_end = ends[0];
  write_end = ends[1];
  return fcntl(read_end, F_SETFL, O_NONBLOCK) == 0;
}

int report_descriptor(void) { return read_end; }

bool report_receive(struct report *report) { return read(read_end, report, sizeof *report) == sizeof *report; }

void report_close_reader(void) {
  close(read_end);
  read_end = -1;
}

static void send_report(const struct report *report) {
  // Nobody to tell means that the starter is gone, and then this process is about to be killed.
  if (write(write_end, report, sizeof *report) != sizeof *report) _exit(EXIT_CANNOT);
}

void report_send(enum report_kind kind, pid_t pid) {
  struct report report = {.kind = kind, .pid = pid};
  send_report(&report);
}

void report_send_value(enum report_kind kind, int64_t value) {
  struct report report = {.kind = kind, .pid = getpid(), .value = value};
  send_report(&report);
}

_Noreturn void cannot(const char *format, ...) {
  struct report report = {.kind = REPORT_CANNOT, .pid = getpid()};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(report.reason, sizeof report.reason, format, arguments);
  va_end(arguments);
  send_report(&report);
  _exit(EXIT_CANNOT);
}
