#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// The headers of Debian 11 (5.10) know none of these; the numbers are the same on every architecture since 5.1.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

#define KCMP_VM 1
#define MOST_WORDS 64

long clinux_pidfd_open(int32_t pid, uint32_t flags) { return clinux_result(syscall(SYS_pidfd_open, pid, flags)); }

long clinux_pidfd_send_signal(int32_t pidfd, int32_t signal) {
  return clinux_result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

long clinux_kcmp_vm(int32_t first, int32_t second) {
  return clinux_result(syscall(SYS_kcmp, first, second, KCMP_VM, 0UL, 0UL));
}

long clinux_get_robust_list(int32_t tid, uint64_t *head, uint64_t *length) {
  void *list = NULL;
  size_t bytes = 0;
  long result = clinux_result(syscall(SYS_get_robust_list, tid, &list, &bytes));
  *head = (uint64_t)(uintptr_t)list;
  *length = bytes;
  return result;
}

long clinux_getpid(void) { return getpid(); }
long clinux_gettid(void) { return syscall(SYS_gettid); }

void clinux_exit(int32_t status) { _exit(status); }

long clinux_pidfd_get_info(int32_t pidfd, struct clinux_pidfd_info *info) {
  _Static_assert(sizeof *info == 64, "PIDFD_INFO_SIZE_VER0");
  return clinux_result(ioctl(pidfd, _IOWR(0xFF, 11, struct clinux_pidfd_info), info));
}

long clinux_process_mrelease(int32_t pidfd, uint32_t flags) {
  // Not counted where there is none: the caller has asked for it with the descriptor -1, and goes on without.
  long result = syscall(SYS_process_mrelease, pidfd, flags);
  return result < 0 ? -errno : result;
}

long clinux_process_madvise(int32_t pidfd, const struct clinux_range *ranges, size_t count, int32_t advice,
                            uint32_t flags) {
  _Static_assert(sizeof(struct clinux_range) == sizeof(struct iovec), "a range is an iovec on 64-bit Linux");
  return clinux_result(syscall(SYS_process_madvise, pidfd, ranges, count, advice, flags));
}

long clinux_process_vm_readv(int32_t pid, void *local, const uint64_t *addresses, size_t count, size_t word_bytes) {
  struct iovec remote[MOST_WORDS];
  if (count > MOST_WORDS) return -EINVAL;
  for (size_t i = 0; i < count; i++)
    remote[i] = (struct iovec){.iov_base = (void *)(uintptr_t)addresses[i], .iov_len = word_bytes};
  struct iovec here = {.iov_base = local, .iov_len = count * word_bytes};
  return clinux_result(process_vm_readv(pid, &here, 1, remote, count, 0));
}
