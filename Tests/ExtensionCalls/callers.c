#define _GNU_SOURCE
#include "ExtensionCalls.h"
#include "internal.h"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

long extension_call(int32_t pidfd, uint64_t vector, uint64_t count, int32_t advice, uint32_t flags) {
  return result_of(syscall(SYS_process_madvise, pidfd, vector, count, advice, flags));
}

static long call_by_32_bit(int32_t pidfd, uint64_t vector, uint64_t count, int32_t advice, uint32_t flags) {
#ifdef __x86_64__
  // The number is the same for 32-bit programs. Older kernels do not keep r8 to r11 on this way.
  long result = SYS_process_madvise;
  __asm__ volatile("int $0x80"
                   : "+a"(result)
                   : "b"((long)(uint32_t)pidfd), "c"(vector), "d"(count), "S"((long)(uint32_t)advice), "D"((long)flags)
                   : "memory", "r8", "r9", "r10", "r11");
  return (int32_t)result;
#else
  (void)pidfd, (void)vector, (void)count, (void)advice, (void)flags;
  return -ENOSYS;
#endif
}

static void give_up_nice(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  if (syscall(SYS_capget, &header, sets) < 0) _exit(1);
  sets[0].effective &= ~(1U << CAP_SYS_NICE);
  if (syscall(SYS_capset, &header, sets) < 0) _exit(1);
}

long extension_call_as(enum extension_caller caller, int32_t pidfd, uint64_t vector, uint64_t count, int32_t advice,
                       uint32_t flags) {
  int ends[2];
  if (pipe(ends) < 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    long result;
    // By system call: the wrapper would have every thread of the parent's copy change too.
    if (caller == EXTENSION_CALLER_NOBODY && syscall(SYS_setresuid, 65534, 65534, 65534) < 0) _exit(1);
    if (caller == EXTENSION_CALLER_NOT_NICE) give_up_nice();
    if (caller == EXTENSION_CALLER_32_BIT)
      result = call_by_32_bit(pidfd, vector, count, advice, flags);
    else
      result = extension_call(pidfd, vector, count, advice, flags);
    _exit(write(ends[1], &result, sizeof result) != sizeof result);
  }
  close(ends[1]);
  long result;
  ssize_t bytes = read(ends[0], &result, sizeof result);
  close(ends[0]);
  waitpid(child, NULL, 0);
  return bytes == sizeof result ? result : -ENOSYS;
}

uint64_t extension_map_low(size_t bytes) {
#ifdef MAP_32BIT
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  return memory == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)memory;
#else
  (void)bytes;
  return 0;
#endif
}

void extension_unmap(uint64_t address, size_t bytes) { munmap((void *)(uintptr_t)address, bytes); }
