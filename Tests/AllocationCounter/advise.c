// advise PID: says by libscythe that the whole memory of a process is cold, and leaves without a word.
// advise PID allocate: allocates once before, so that a counter can be seen to count.
#define _GNU_SOURCE
#include <scythe.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { COLD = 20 };  // MADV_COLD, which headers before Linux 5.4 lack.

int main(int argc, char **argv) {
  if (argc < 2) return 64;
  void *volatile kept = argc == 3 && !strcmp(argv[2], "allocate") ? malloc(1) : NULL;
  int pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
  _exit(scythe_process_madvise(pidfd, NULL, 0, COLD, PMADV_FLAG_RANGE) == 0 && (argc < 3 || kept) ? 0 : 1);
}
