// The holder's side of ptrace. A thread stopped at PTRACE_EVENT_EXIT counts as dying and still has its memory, for
// as long as its tracer leaves it there: a stand-in for a killed process that is stuck in the kernel. Only the thread
// that seized may give orders, which is why the starter has no other.

#define _GNU_SOURCE
#include "victim.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

// The threads that reached their exit and have not been reaped yet; the one of --mmap-lock comes on top.
enum { MAX_EXITING = MAX_THREADS + 1 };
static pid_t exiting[MAX_EXITING];
static int exiting_count;
static bool letting_go;

bool tracer_seize(pid_t victim) {
  // TRACECLONE brings in the threads and leaves out forked children and sharers, whose exit signal is SIGCHLD.
  // EXITKILL, because a tracer's death alone would set the threads free.
  long wanted = PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
  return ptrace(PTRACE_SEIZE, victim, 0L, wanted) == 0;
}

// Orders to a thread that SIGKILL has just woken fail with ESRCH, and it then comes by again at its exit.
static void resume(pid_t tid, int signal) { ptrace(PTRACE_CONT, tid, 0L, (long)signal); }

static bool is_stopping(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

// The status is si_status of waitid: the signal, and the ptrace event above it.
void tracer_handle_stop(pid_t tid, int status) {
  int signal = status & 0xff;
  switch (status >> 8) {
    case PTRACE_EVENT_EXIT:
      if (exiting_count < MAX_EXITING) exiting[exiting_count++] = tid;
      if (letting_go) resume(tid, 0);
      break;
    case PTRACE_EVENT_STOP:
      // A stopped process has to stay stopped and still hear SIGCONT; new threads and SIGCONT come here as SIGTRAP.
      if (is_stopping(signal))
        ptrace(PTRACE_LISTEN, tid, 0L, 0L);
      else
        resume(tid, 0);
      break;
    case 0:
      resume(tid, signal);
      break;
    default:
      resume(tid, 0);
      break;
  }
}

bool tracer_holds(pid_t tid) {
  for (int index = 0; index < exiting_count; index++)
    if (exiting[index] == tid) return true;
  return false;
}

// Says whether the reaped task was a traced thread.
bool tracer_forget(pid_t tid) {
  for (int index = 0; index < exiting_count; index++) {
    if (exiting[index] != tid) continue;
    exiting[index] = exiting[--exiting_count];
    return true;
  }
  return false;
}

void tracer_let_go(void) {
  letting_go = true;
  for (int index = 0; index < exiting_count; index++) resume(exiting[index], 0);
}

static int64_t now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

// Lets a victim go that has been held for so long; for ever if that is negative.
int tracer_hold_for(pid_t victim, int milliseconds) {
  static int64_t until = -1;
  if (milliseconds < 0 || letting_go || !tracer_holds(victim)) return -1;
  int64_t now = now_milliseconds();
  if (until < 0) until = now + milliseconds;
  if (now < until) return (int)(until - now);
  tracer_let_go();
  return -1;
}
