// libscythe-preload.so: programs that know nothing of Scythe may give advice about the whole memory of another process,
// as if the kernel could:
//
//   LD_PRELOAD=/usr/local/lib/libscythe-preload.so program
//
// It stands before libc's process_madvise() and syscall(). Of all calls only SYS_process_madvise with one of the two
// flags of scythe.h is answered by libscythe, which is linked in; all else goes to the kernel as it is.
//
// Programs call syscall() before their own main, between vfork and exec, and in threads that libc has not made. So
// there is no state here, nothing thread-local but errno, nothing to be initialised, and no stack protector (CABI/link):
// its canary lies where a program may just be putting something else by SYS_arch_prctl.
#define _GNU_SOURCE
#include "scythe.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

struct call {
  long number, arguments[6];
};

#if defined __x86_64__
static long enter_kernel(const struct call *call) {
  long result;
  register long fourth __asm__("r10") = call->arguments[3];
  register long fifth __asm__("r8") = call->arguments[4];
  register long sixth __asm__("r9") = call->arguments[5];
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(call->number), "D"(call->arguments[0]), "S"(call->arguments[1]), "d"(call->arguments[2]),
                     "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined __aarch64__
static long enter_kernel(const struct call *call) {
  register long number __asm__("x8") = call->number;
  register long first __asm__("x0") = call->arguments[0];
  register long second __asm__("x1") = call->arguments[1];
  register long third __asm__("x2") = call->arguments[2];
  register long fourth __asm__("x3") = call->arguments[3];
  register long fifth __asm__("x4") = call->arguments[4];
  register long sixth __asm__("x5") = call->arguments[5];
  __asm__ volatile("svc 0"
                   : "+r"(first)
                   : "r"(number), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "memory");
  return first;
}
#else
#error "libscythe-preload knows how to enter the kernel on x86-64 and aarch64 only; libscythe itself does not need it"
#endif

// The kernel's convention as libc's: the last 4095 values are negated errnos.
static long call_kernel(const struct call *call) {
  long result = enter_kernel(call);
  if ((unsigned long)result < -4095UL) return result;
  errno = (int)-result;
  return -1;
}

// Six arguments are read whatever the call takes, as libc's own syscall() does: what was not passed means nothing.
#define READ_CALL(call, first)                                       \
  do {                                                               \
    va_list list;                                                    \
    va_start(list, first);                                           \
    (call).number = (first);                                         \
    for (int i = 0; i < 6; i++) (call).arguments[i] = va_arg(list, long); \
    va_end(list);                                                    \
  } while (0)

// What libscythe calls instead of syscall(), which CABI/link renames in its object: it wants the kernel.
__attribute__((visibility("hidden"))) long libscythe_syscall(long number, ...);

long libscythe_syscall(long number, ...) {
  struct call call;
  READ_CALL(call, number);
  return call_kernel(&call);
}

static long advise(const struct call *call) {
  const long *arguments = call->arguments;
  unsigned int flags = (unsigned int)arguments[4];
  if (flags != PMADV_FLAG_RANGE && flags != SCYTHE_PMADV_FLAG_SPAN) return call_kernel(call);
  return scythe_process_madvise((int)arguments[0], (const struct iovec *)arguments[1], (size_t)arguments[2],
                                (int)arguments[3], flags);
}

long syscall(long number, ...) {
  struct call call;
  READ_CALL(call, number);
  return number == SYS_process_madvise ? advise(&call) : call_kernel(&call);
}

ssize_t process_madvise(int pidfd, const struct iovec *vec, size_t vlen, int advice, unsigned int flags) {
  const struct call call = {SYS_process_madvise, {pidfd, (long)vec, (long)vlen, advice, flags}};
  return advise(&call);
}
