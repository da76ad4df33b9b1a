// Other processes that the victim makes: idle children, a fork bomb, and processes that share its address space.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// How many processes of the fork bomb live. Whoever reaps one subtracts it: its parent, or the starter for orphans.
// A process killed between counting and forking leaves one too many in it, which only makes the bomb smaller.
static atomic_int *live_count;

bool family_open_bomb(void) {
  void *memory = mmap(NULL, sizeof *live_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  live_count = memory;
  atomic_init(live_count, 1);
  return true;
}

void family_count_reaped(void) {
  if (live_count) atomic_fetch_sub(live_count, 1);
}

static _Noreturn void idle(void) {
  for (;;) lifeline_sleep(-1);
}

// Idle processes live until the lifeline is cut.
static void fork_idle(size_t bytes) {
  int filled[2];
  if (pipe2(filled, O_CLOEXEC) < 0) cannot("pipe for a child: %s", strerror(errno));
  pid_t pid = fork();
  if (pid < 0) cannot("fork of a child: %s", strerror(errno));
  if (pid == 0) {
    if (bytes) memory_take(bytes);
    close(filled[1]);
    idle();
  }
  close(filled[1]);
  // The end of the pipe is the child's word that it has its memory.
  char byte;
  while (read(filled[0], &byte, 1) < 0 && errno == EINTR) continue;
  close(filled[0]);
  report_send(REPORT_CHILD, pid);
}

// Each member tells its number before it forks the next, so that the starter hears them in order.
static void fork_chain(int depth) {
  pid_t pid = fork();
  if (pid < 0) cannot("fork of a child: %s", strerror(errno));
  if (pid > 0) return;
  report_send(REPORT_CHILD, getpid());
  if (depth > 1) fork_chain(depth - 1);
  idle();
}

void family_fork_children(const struct options *options) {
  for (int index = 0; index < options->fork_count; index++) fork_idle(options->child_anon);
  if (options->fork_depth > 0) fork_chain(options->fork_depth);
}

enum { SHARER_STACK = 64 << 10 };
static char *sharer_stack;

void family_prepare_sharer(void) {
  sharer_stack = mmap(NULL, SHARER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (sharer_stack == MAP_FAILED) cannot("mmap of the sharer's stack: %s", strerror(errno));
}

static int sharer_main(void *argument) {
  const enum share_mode *share = argument;
  report_send(REPORT_SHARER, getpid());
  // The parent of a vfork is blocked from here on and cannot say it itself.
  if (*share == SHARE_VFORK) report_send(REPORT_READY, getppid());
  idle();
}

void family_share(enum share_mode share) {
  // Static, because with CLONE_VM alone the caller's stack frame goes away while the sharer still needs it.
  static enum share_mode argument;
  argument = share;
  int flags = CLONE_VM | SIGCHLD | (share == SHARE_VFORK ? CLONE_VFORK : 0);
  if (clone(sharer_main, sharer_stack + SHARER_STACK, flags, &argument) < 0)
    cannot("clone of the sharer: %s", strerror(errno));
}

enum { SHORTEST_PAUSE = 5, LONGEST_PAUSE = 100 };

static int64_t now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn void family_bomb(int bound) {
  signal(SIGCHLD, SIG_DFL);
  int pause = SHORTEST_PAUSE;
  for (;;) {
    // Before each fork: the starter counts down as it reaps, and there would always be room for one more.
    lifeline_sleep(0);
    if (atomic_fetch_add(live_count, 1) < bound) {
      if (fork() >= 0) continue;
    }
    atomic_fetch_sub(live_count, 1);
    while (waitpid(-1, NULL, WNOHANG) > 0) atomic_fetch_sub(live_count, 1);
    // Long enough that some hundred processes at the bound leave the processor to whoever has to kill them. Where each
    // wake-up is late all the same, as in an emulated machine, they have it to themselves, and more time is needed.
    int64_t begun = now_milliseconds();
    lifeline_sleep(pause);
    if (pause < LONGEST_PAUSE && now_milliseconds() - begun > 2 * pause) pause *= 2;
  }
}
