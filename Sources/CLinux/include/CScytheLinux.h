// The calls that libc lacks, or that Swift cannot import (variadic ones, and headers outside its libc module).
//
// Every function that can fail returns its result, or the negated errno as the kernel itself does, so that nothing can
// run between the call and the reading of `errno`. Prototypes and fixed-width types only: a libc header included here
// would be a second definition for a Swift module that imports Glibc as well.
#ifndef CSCYTHELINUX_H
#define CSCYTHELINUX_H

#include <stddef.h>
#include <stdint.h>

// Processes.
long clinux_pidfd_open(int32_t pid, uint32_t flags);
long clinux_pidfd_send_signal(int32_t pidfd, int32_t signal);
long clinux_kcmp_vm(int32_t first, int32_t second);
long clinux_get_robust_list(int32_t tid, uint64_t *_Nonnull head, uint64_t *_Nonnull length);
long clinux_getpid(void);
long clinux_gettid(void);

// The fixed first version of the kernel's struct pidfd_info (64 bytes).
struct clinux_pidfd_info {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t pid, tgid, ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
long clinux_pidfd_get_info(int32_t pidfd, struct clinux_pidfd_info *_Nonnull info);

// The memory of another process.
struct clinux_range {
  uint64_t base, length;
};
long clinux_process_mrelease(int32_t pidfd, uint32_t flags);
long clinux_process_madvise(int32_t pidfd, const struct clinux_range *_Nullable ranges, size_t count, int32_t advice,
                            uint32_t flags);
// What Scythe's kernel extension adds to process_madvise: flags, and the answer of the query. What they mean is said in
// KernelExtension/Boundary/scythe_madvise.h, which is the extension's own: a test does not compile if the two differ.
enum clinux_pmadv {
  CLINUX_PMADV_RANGE = 0x1,
  CLINUX_PMADV_BOUNDS = 0x10000,
  CLINUX_PMADV_BUDGET = 0x20000,
  CLINUX_PMADV_QUERY = 0x40000,
  CLINUX_PMADV_VERSION = 1,
  CLINUX_PMADV_VERSION_MASK = 0xffff,
  CLINUX_PMADV_CAN_RANGE = 0x10000,
  CLINUX_PMADV_CAN_BOUNDS = 0x20000,
  CLINUX_PMADV_CAN_BUDGET = 0x40000,
  CLINUX_PMADV_SPARES_ROBUST = 0x80000,
  CLINUX_PMADV_CAN_LOCKED = 0x100000,
};
// Reads `count` words of `word_bytes` each from the addresses given, in one call, one behind the other.
long clinux_process_vm_readv(int32_t pid, void *_Nonnull local, const uint64_t *_Nonnull addresses, size_t count,
                             size_t word_bytes);

// Files. Everything is opened close-on-exec.
long clinux_openat(int32_t directory, const char *_Nonnull path, int32_t flags);
long clinux_close(int32_t fd);
long clinux_pipe(int32_t *_Nonnull reading, int32_t *_Nonnull writing);
long clinux_read(int32_t fd, void *_Nonnull buffer, size_t count);
long clinux_pread(int32_t fd, void *_Nonnull buffer, size_t count, int64_t offset);
long clinux_write(int32_t fd, const void *_Nonnull bytes, size_t count);
long clinux_lock(int32_t fd);
long clinux_getdents(int32_t fd, void *_Nonnull buffer, size_t count);
long clinux_mkdirat(int32_t directory, const char *_Nonnull path, uint32_t mode);
long clinux_rmdirat(int32_t directory, const char *_Nonnull path);
long clinux_fstatfs_magic(int32_t fd);
long clinux_is_socket(int32_t fd);
// Opens /dev/null as those of the descriptors 0 to 2 that are closed.
void clinux_open_standard_streams(void);
long clinux_owner(const char *_Nonnull path, uint32_t *_Nonnull user, uint32_t *_Nonnull mode);
long clinux_file_rights(int32_t fd, uint32_t *_Nonnull user, uint32_t *_Nonnull group, uint32_t *_Nonnull mode);
// The value of an extended attribute; -ENODATA without it, -ERANGE if it is longer.
long clinux_attribute(int32_t fd, const char *_Nonnull name, void *_Nonnull buffer, size_t count);

// Files that are kept.
long clinux_create_file(const char *_Nonnull path, uint32_t mode);
long clinux_file_bytes(int32_t fd);
long clinux_pwrite(int32_t fd, const void *_Nonnull bytes, size_t count, int64_t offset);
long clinux_sync_data(int32_t fd);
// Has the file system hand out the memory or the blocks of a file now.
long clinux_reserve(int32_t fd, uint64_t bytes);
// A lock on the open file itself, which others can ask about without taking it; -EAGAIN if somebody else has it.
long clinux_own(int32_t fd);
long clinux_is_owned(int32_t fd);
// A mapping that others see, readable and writable.
void *_Nullable clinux_map_file(int32_t fd, size_t bytes, long *_Nonnull error);

// A datagram socket that is connected to a path, or, for a name that begins with '@', to an abstract address; -EAFNOSUPPORT
// for anything else.
long clinux_connect_datagram(const char *_Nonnull address);
// Never waits, and raises no signal: -EAGAIN if there is no room, -ECONNREFUSED if nobody listens any more.
long clinux_send_at_once(int32_t fd, const void *_Nonnull bytes, size_t count);

// Waiting.
long clinux_poll_readable(int32_t fd, int32_t timeout_ms);
long clinux_epoll_create(void);
long clinux_epoll_add(int32_t epoll, int32_t fd, uint64_t key);
// For descriptors that say EPOLLPRI when they fire: pressure triggers.
long clinux_epoll_add_priority(int32_t epoll, int32_t fd, uint64_t key);
// When the kernel says that the file changed, once each time (EPOLLPRI, EPOLLET).
long clinux_epoll_add_changes(int32_t epoll, int32_t fd, uint64_t key);
// Readable, and then deaf until it is told to listen again (EPOLLONESHOT).
long clinux_epoll_add_once(int32_t epoll, int32_t fd, uint64_t key);
long clinux_epoll_listen_again(int32_t epoll, int32_t fd, uint64_t key);
long clinux_epoll_remove(int32_t epoll, int32_t fd);
// Writes the keys of the descriptors that are ready; at most `count` of them, and never more than 64.
long clinux_epoll_wait(int32_t epoll, uint64_t *_Nonnull keys, size_t count, int64_t timeout_ns);
long clinux_eventfd(void);
long clinux_interruption_signals(void);
// Takes one of those that have come: its number, or -EAGAIN if none has.
long clinux_next_signal(int32_t fd);
long clinux_futex_wait(const void *_Nonnull word, uint32_t expected, int64_t timeout_ns);
long clinux_futex_wake(const void *_Nonnull word, int32_t count);
// The word is 0, or the holder's thread number; who waits lends the holder its priority.
long clinux_futex_lock_pi(void *_Nonnull word);
long clinux_futex_unlock_pi(void *_Nonnull word);
int64_t clinux_monotonic_ns(void);
int64_t clinux_boot_ns(void);
int64_t clinux_wall_ns(void);
// What the calling thread has used of its CPUs.
int64_t clinux_thread_cpu_ns(void);
void clinux_sleep_ns(int64_t ns);

// Threads and scheduling.
typedef void *_Nullable (*clinux_thread_body)(void *_Nullable);
// Starts it in the round-robin class at once if `realtime_priority` is above 0 and that is allowed.
long clinux_thread_start(clinux_thread_body _Nonnull body, void *_Nullable context, size_t stack_bytes,
                         int32_t realtime_priority);
long clinux_sched_set(int32_t tid, int32_t policy, int32_t priority, int32_t reset_on_fork);
long clinux_sched_get(int32_t tid);
long clinux_set_nice(int32_t tid, int32_t nice);
int32_t clinux_current_cpu(void);
// Lets a thread run where the calling thread may, but for these CPUs.
long clinux_keep_off(int32_t tid, const int32_t *_Nullable cpus, size_t count);
long clinux_usable_cpus(void);

// The caller itself.
_Noreturn void clinux_exit(int32_t status);
void *_Nullable clinux_map_anonymous(size_t bytes, long *_Nonnull error);
long clinux_unmap(void *_Nonnull base, size_t bytes);
// Locks what is mapped now, populated; and what is mapped from now on, page by page as it is touched.
long clinux_lock_present_memory(void);
long clinux_lock_later_memory(void);
// Writes to the pages of the calling thread's stack below the caller's frame.
void clinux_touch_stack(size_t bytes);
// Where the calling thread's stack is in use down to, about.
uint64_t clinux_stack_address(void);
// Drops what is on locked pages of a stack that are not in use, and locks them again as they are touched.
void clinux_empty_stack(uint64_t base, uint64_t end);
void clinux_touch_pages(void *_Nonnull base, size_t bytes);
void clinux_avoid_huge_pages(void *_Nonnull base, size_t bytes);
long clinux_page_bytes(void);
// How many calls of this process were answered with ENOSYS, by a kernel without them or by a filter (seccomp);
// clinux_process_mrelease() apart.
uint64_t clinux_unknown_calls(void);
long clinux_clock_ticks(void);
long clinux_raise_descriptor_limit(uint64_t wanted);

// Starts a process that writes two limit files when the descriptor that is returned is closed without a word.
long clinux_fork_limit_guardian(int32_t first_fd, const char *_Nonnull first_value, int32_t second_fd,
                                const char *_Nonnull second_value);
// Starts a process that writes one value and ends.
long clinux_fork_limit_writer(int32_t fd, const char *_Nonnull value);
long clinux_limit_writer_has_ended(int32_t pid);
void clinux_limit_writer_stop(int32_t pid);

// What a function of libc promises to whoever calls it: errno changes only if it fails, and the thread is not cancelled in
// the middle.
struct clinux_caller {
  int32_t error, cancellation;
};
void clinux_enter_call(struct clinux_caller *_Nonnull caller);
// Sets errno, or, for 0, what it was when the call began.
void clinux_leave_call(const struct clinux_caller *_Nonnull caller, int32_t error);

// What this machine is and allows: nothing here changes anything.
// Both texts get a trailing zero, and are cut to `capacity`.
long clinux_uname(char *_Nonnull release, char *_Nonnull machine, size_t capacity);
enum clinux_resource { CLINUX_OPEN_FILES, CLINUX_LOCKED_BYTES };
long clinux_resource_limit(int32_t resource, uint64_t *_Nonnull soft, uint64_t *_Nonnull hard);
// Whether a thread of this process may be real-time, tried on a thread that ends at once.
long clinux_try_real_time(void);
long clinux_check_writable(int32_t directory, const char *_Nonnull path);
long clinux_readlinkat(int32_t directory, const char *_Nonnull path, void *_Nonnull buffer, size_t count);
// madvise(2) on no bytes: 0, or -EINVAL if the kernel does not know the advice.
long clinux_madvise_nothing(int32_t advice);
// A mapping: the lowest four flags are readable, writable, executable, shared.
struct clinux_area {
  uint64_t base, end, page_bytes;
  uint32_t flags;
};
// The mapping that covers the address, or the first one behind it. Returns the size of its name with its zero, 0 for
// none; -ENAMETOOLONG if it does not fit. Without a buffer no name is asked for.
long clinux_procmap_query(int32_t maps, uint64_t address, struct clinux_area *_Nonnull area, char *_Nullable name,
                          uint32_t capacity);

// Waits for a pressure trigger: 1 if it fired, 0 when the time is over, -ENODEV if what it watched is gone.
long clinux_poll_pressure(int32_t fd, int32_t timeout_ms);

#endif
