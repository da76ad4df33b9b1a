#include <scythe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int pidfd = (int)syscall(SYS_pidfd_open, argc > 1 ? atoi(argv[1]) : 0, 0);
  struct scythe_kill_report report = {.size = sizeof report};
  int result = scythe_kill(pidfd, NULL, &report);
  if (result < 0) perror("scythe_kill");
  else printf("%lu bytes back, %lu left\n", (unsigned long)report.bytes_back, (unsigned long)report.left_private);
  return result == 0 ? 0 : 1;
}
