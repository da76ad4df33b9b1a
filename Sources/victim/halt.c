// A victim whose main thread does not run until somebody lets it: its process is stopped by SIGSTOP, or the thread is
// in a ptrace-stop of the starter. SIGKILL ends both.

#define _GNU_SOURCE
#include "victim.h"

#include <signal.h>
#include <sys/ptrace.h>

static bool is_asked;
static bool is_done;

static bool interrupt(pid_t victim) {
  // EXITKILL, because a tracer's death alone would set the thread free.
  return ptrace(PTRACE_SEIZE, victim, 0L, (long)PTRACE_O_EXITKILL) == 0 && ptrace(PTRACE_INTERRUPT, victim, 0L, 0L) == 0;
}

bool halt_ask(pid_t victim, bool is_traced) {
  if (is_asked) return true;
  is_asked = true;
  return is_traced ? interrupt(victim) : kill(victim, SIGSTOP) == 0;
}

// The kernel says so once the last thread has stopped, or the one that is traced.
void halt_note(void) { is_done = true; }

bool halt_is_done(void) { return is_done; }
