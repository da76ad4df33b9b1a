// A victim that gets no CPU: in the idle class, on one CPU that spinners of the ordinary class keep busy. One CPU of
// the machine is enough for that, and all others stay free.

#define _GNU_SOURCE
#include "victim.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t spinners[SPINNERS];

static cpu_set_t last_cpu(void) {
  cpu_set_t usable, one;
  CPU_ZERO(&one);
  if (sched_getaffinity(0, sizeof usable, &usable) < 0) return one;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
    if (!CPU_ISSET(cpu, &usable)) continue;
    CPU_SET(cpu, &one);
    break;
  }
  return one;
}

static _Noreturn void spin(const cpu_set_t *where) {
  sched_setaffinity(0, sizeof *where, where);
  volatile unsigned long rounds = 0;
  for (;;) rounds++;
}

static bool demote(pid_t victim, const cpu_set_t *where) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/task", victim);
  DIR *threads = opendir(path);
  if (!threads) return false;
  bool is_done = true;
  for (struct dirent *entry; (entry = readdir(threads));) {
    pid_t tid = atoi(entry->d_name);
    if (tid <= 0) continue;
    struct sched_param none = {0};
    is_done = is_done && sched_setscheduler(tid, SCHED_IDLE, &none) == 0 &&
              sched_setaffinity(tid, sizeof *where, where) == 0;
  }
  closedir(threads);
  return is_done;
}

bool starvation_begin(pid_t victim, void (*become_child)(void)) {
  cpu_set_t where = last_cpu();
  for (int index = 0; index < SPINNERS; index++) {
    spinners[index] = fork();
    if (spinners[index] < 0) return false;
    if (spinners[index] > 0) continue;
    become_child();
    lifeline_join();
    spin(&where);
  }
  return demote(victim, &where);
}

const pid_t *starvation_spinners(void) { return spinners; }

bool starvation_forget(pid_t pid) {
  for (int index = 0; index < SPINNERS; index++)
    if (spinners[index] == pid) return true;
  return false;
}
