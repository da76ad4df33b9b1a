/*
 * scythe.h: kills a process and has its memory back now; and gives advice about the whole memory of another process.
 *
 *     cc program.c $(pkg-config --cflags --libs scythe)
 *
 * For C99 and C++, 64-bit Linux. Needs libc alone, and allocates nothing. Every function may be called from any thread,
 * also from several at once; none is for a signal handler. They use up to 64 KiB of the caller's stack. Files and
 * threads that a call makes are gone when it returns, but for a thread that is stuck in the kernel (see
 * SCYTHE_FATE_STUCK).
 *
 * Errors are told as libc tells them: -1 is returned and errno is set; a call that succeeds leaves errno as it was. No
 * call is a cancellation point. Pointers are those of any C library: a bad one crashes, unless EFAULT is named below.
 *
 * A pidfd is what pidfd_open(2) returns (Linux 5.3), or clone3(2) with CLONE_PIDFD. It stays the caller's, and open.
 */
#ifndef SCYTHE_H
#define SCYTHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header: major << 16 | minor << 8 | patch. What was added since a version is never taken away. */
#define SCYTHE_VERSION 0x000100

/* ---- advice about the whole memory of another process ------------------------------------------------------------ */

/*
 * The whole address space, as proposed for the kernel in November 2020. No released kernel knows it. A header of a
 * kernel that does may have it already.
 */
#ifndef PMADV_FLAG_RANGE
#define PMADV_FLAG_RANGE 0x1
#endif

/*
 * One range of any length, over any number of mappings and holes: `vlen` is 2, `vec[0].iov_base` is the first address,
 * `vec[1].iov_base` the address behind the last; both `iov_len` are ignored. The form is that of the proposal for what
 * should follow; the number is this library's own, high so that no kernel's next flag is in its way.
 */
#define SCYTHE_PMADV_FLAG_SPAN 0x40000000

/*
 * process_madvise(2), Linux 5.10, with two flags more.
 *
 * pidfd   the process; also PIDFD_SELF where the kernel knows it (Linux 6.14).
 * vec     with PMADV_FLAG_RANGE a vector that must be valid but means nothing: NULL will do. With
 *         SCYTHE_PMADV_FLAG_SPAN two elements, see there. Otherwise as the kernel wants it.
 * vlen    the number of elements of `vec`; at most 1024.
 * advice  MADV_COLD, MADV_PAGEOUT; MADV_WILLNEED (Linux 5.15), MADV_COLLAPSE (Linux 6.1); MADV_DONTNEED if the process
 *         is dying.
 * flags   exactly PMADV_FLAG_RANGE, or exactly SCYTHE_PMADV_FLAG_SPAN. Anything else, 0 too, is handed to the kernel as
 *         it is, and so are these two where the kernel knows them itself. Scythe's kernel extension, where it is loaded,
 *         is such a kernel for PMADV_FLAG_RANGE, and does the work of SCYTHE_PMADV_FLAG_SPAN.
 *
 * With either flag holes are no error, and mappings that cannot take the advice (locked, of hugetlbfs, of a device) are
 * skipped. The process runs meanwhile: what it maps behind the walk is missed. It may block, for the process's mmap
 * lock or for a disk. One that ends in the middle is no error: its memory is free. MADV_COLLAPSE skips what holds no
 * whole huge page, or cannot be collapsed now.
 *
 * Returns 0; without these flags what the kernel returns, the bytes that it walked.
 *
 * WARNING: MADV_DONTNEED with PMADV_FLAG_RANGE is process_mrelease(2), Linux 5.15, and checks no more than that does.
 * If a thread of the process holds a robust mutex (PTHREAD_MUTEX_ROBUST, as LMDB and tdb use them), the news of its
 * owner's death is freed too, and EVERYBODY WHO SHARES THE MUTEX WAITS FOR EVER. Use scythe_release(), which looks
 * first. Shared memory, pages of hugetlbfs and page tables stay until the process is gone. Scythe's kernel extension
 * spares what holds that news, so that no mutex is lost; scythe_release() is the way that never loses one.
 *
 * Errors, in the order in which they are looked for (with either flag):
 *
 *   EFAULT  `vec` is no address to read from, and `vlen` is not 0.
 *   EINVAL  `vlen` is above 1024; or, with PMADV_FLAG_RANGE, the vector is one that no call would take. With
 *           SCYTHE_PMADV_FLAG_SPAN: `vlen` is not 2.
 *   EBADF   `pidfd` is no pidfd. A directory of /proc is none here.
 *   ESRCH   the process has been waited for.
 *   EINVAL  this kernel takes the advice for nobody else. The same advice is refused for oneself.
 *   ESRCH   the process is dead, or has left its memory; or it is a thread of the kernel; or /proc does not show it.
 *           Also one of a pid namespace that the caller does not see.
 *   EACCES  no right to look at the process: PTRACE_MODE_READ_FSCREDS, see ptrace(2).
 *   EPERM   no CAP_SYS_NICE. Since Linux 6.13 none is needed for oneself.
 *   EINVAL  MADV_DONTNEED, and the process is not dying; or it writes a core dump; or one that lives shares its memory.
 *           Nothing was touched.
 *   EINVAL  with SCYTHE_PMADV_FLAG_SPAN: an end is not at a page's boundary, or the second is below the first.
 *   EOPNOTSUPP  MADV_DONTNEED with SCYTHE_PMADV_FLAG_SPAN: no kernel can, without Scythe's kernel extension.
 *   EAGAIN  MADV_DONTNEED: a driver refused for a part, and all else is free; or the extension cannot tell what it has to
 *           spare, and nothing is.
 *   ENOSYS  MADV_DONTNEED before Linux 5.15, whether the process is dying or not; any advice before 5.10.
 *   EMFILE, ENFILE, ENOMEM  the walk opens a file of /proc.
 *
 * EPERM may be a seccomp filter's word as well.
 */
ssize_t scythe_process_madvise(int pidfd, const struct iovec *vec, size_t vlen, int advice, unsigned int flags);

/* ---- kill and release -------------------------------------------------------------------------------------------- */

/*
 * In `flags` of the options: whoever uses the same memory (a vfork child, a CLONE_VM sibling) dies too. Without it a
 * process that shares its memory is refused.
 */
#define SCYTHE_KILL_SHARERS 0x1

/*
 * How a process is killed. Initialise it with SCYTHE_KILL_OPTIONS_INIT, then change what shall be different. Later
 * versions add fields at the end: `size` tells which there are.
 */
struct scythe_kill_options {
  size_t size;             /* sizeof(struct scythe_kill_options) */
  uint64_t flags;          /* SCYTHE_KILL_... */
  int64_t grace_ns;        /* how long a first signal other than SIGKILL may take; SIGKILL is sooner if memory falls */
  int64_t deadline_ns;     /* how long to wait, from SIGKILL on, for the memory to be back */
  int64_t robust_grace_ns; /* how long a process that holds a robust mutex may take to exit by itself, before its memory
                              is released anyway and the mutex lost; -1: never, it is left to die by itself */
  int32_t signal;          /* the first signal; SIGKILL follows if it is another one, and nothing is released before */
  int32_t cancel_fd;       /* the wait ends when this descriptor becomes readable; -1: none. Nothing is taken back */
  uint32_t workers;        /* threads that release at the same time, at most 6; 0: as many as are good */
  uint32_t reserved;       /* 0 */
};

#define SCYTHE_KILL_OPTIONS_INIT \
  { sizeof(struct scythe_kill_options), 0, 3000000000, 5000000000, -1, 9 /* SIGKILL */, -1, 0, 0 }

/* What became of a process. More may be added. */
enum scythe_fate {
  SCYTHE_FATE_NOT_KILLED = 0,     /* nothing was signalled; or the wait was cancelled before SIGKILL */
  SCYTHE_FATE_EXITED = 1,         /* it is dead, and its memory is back */
  SCYTHE_FATE_RELEASED = 2,       /* its memory is back; the process cannot finish dying yet */
  SCYTHE_FATE_EXIT_UNDER_WAY = 3, /* it left its memory by itself, but was not dead by the deadline */
  SCYTHE_FATE_WITHHELD = 4,       /* not released, not dead by the deadline: a robust mutex would have been lost */
  SCYTHE_FATE_SHARED = 5,         /* not released: processes that live use the same memory (`sharers`) */
  SCYTHE_FATE_DUMPING_CORE = 6,   /* not released: it writes a core dump */
  SCYTHE_FATE_STUCK = 7,          /* a release is stuck in the kernel, and a thread with it, until the kernel lets go */
  SCYTHE_FATE_UNSUPPORTED = 8,    /* not released: no process_mrelease(2), or a seccomp filter; it dies when it can */
  SCYTHE_FATE_NOT_SIGNALLED = 9,  /* the signal failed with `error` */
  SCYTHE_FATE_FAILED = 10         /* the kernel gave an answer that it is not known to give: `error` */
};

/* How the bytes that came back are known. More may be added. */
enum scythe_evidence {
  SCYTHE_EVIDENCE_NONE = 0,         /* nothing is known, and no bytes are claimed */
  SCYTHE_EVIDENCE_EXIT = 1,         /* what it had before the signal, with its death confirmed by the pidfd */
  SCYTHE_EVIDENCE_RESIDENT_SET = 2  /* what it had before the signal, less what it showed right after the release */
};

/* What the robust mutexes of the process looked like after the signal. More may be added. */
enum scythe_robust {
  SCYTHE_ROBUST_UNCHECKED = 0,  /* nobody has looked */
  SCYTHE_ROBUST_CLEAR = 1,      /* no thread held one */
  SCYTHE_ROBUST_HELD = 2,       /* a thread held one, or was about to */
  SCYTHE_ROBUST_UNREADABLE = 3  /* a list could not be read, so it counts as held */
};

/*
 * What came of a kill. Set `size` before the call; all else is filled, also by a call that fails. Later versions add
 * fields at the end; those that a library does not know are filled with 0.
 */
struct scythe_kill_report {
  size_t size;                /* sizeof(struct scythe_kill_report) */
  int32_t fate;               /* enum scythe_fate */
  int32_t error;              /* an errno value that goes with some fates, else 0 */
  int32_t evidence;           /* enum scythe_evidence */
  int32_t robust;             /* enum scythe_robust */
  uint32_t workers;           /* how many threads released it */
  uint32_t victims;           /* how many processes were signalled: 1, or with SCYTHE_KILL_SHARERS more */
  uint64_t bytes_back;        /* what came back for certain */
  uint64_t left_private;      /* bytes left: private memory that the process still has */
  uint64_t left_shared;       /* shared memory: comes back when the process exits, if nobody else has it */
  uint64_t left_hugetlb;      /* pages of hugetlbfs: go back to their pool when the process exits */
  uint64_t left_pinned;       /* pages pinned by a driver or by io_uring: come back when the process exits */
  uint64_t left_page_tables;  /* page tables: come back when the process exits */
  int64_t signal_ns;          /* from the beginning of the kill to the first signal; -1 in these five: not known */
  int64_t check_ns;           /* from SIGKILL to the end of the look at the robust mutexes */
  int64_t release_ns;         /* from there to the end of the release */
  int64_t exit_ns;            /* from the first signal to the death */
  int64_t back_ns;            /* from the first signal until the memory was back */
  uint32_t sharers;           /* how many processes that live use the same memory, where that was in the way */
  int32_t sharer_pids[8];     /* the first eight of them; 0 where there are fewer */
  uint32_t reserved;          /* 0 */
};

/*
 * Kills a process, releases its memory at once instead of waiting until the process runs again, and returns when the
 * memory is back, or when the deadline is over. A process that holds a robust mutex is not released before it has
 * exited, unless `robust_grace_ns` says so: whoever shares the mutex would wait for ever.
 *
 * pidfd    the process.
 * options  how; NULL: SIGKILL, 5 s, no sharers, no robust mutex is given up.
 * report   is filled with what came of it; may be NULL.
 *
 * Linux 5.15; before, the process is killed and left to die by itself (SCYTHE_FATE_UNSUPPORTED). The right to signal
 * the process is needed, and for the look at its mutexes the right to read its memory: without it, it is left to die by
 * itself too. As root a process that is frozen by a cgroup v1 freezer is moved out of its group; without, it is
 * released where it is.
 *
 * Returns 0 if all that a kill can return is back; 1 if it was signalled but that is not so, or not known yet (the
 * report says why); -1 if nothing was signalled:
 *
 *   EBADF   `pidfd` is no pidfd; or `cancel_fd` is not open.
 *   ESRCH   the process is dead; or /proc does not show it; or it is of a pid namespace that the caller does not see.
 *   EPERM   the caller may not signal the process; or a seccomp filter forbids what is needed.
 *   EACCES  the process is never killed: pid 1, a thread of the kernel, the caller, an ancestor of the caller, one
 *           whose oom_score_adj is -1000.
 *   EBUSY   others use the same memory, and SCYTHE_KILL_SHARERS is not set; or one of them is never killed. `sharers`
 *           and `sharer_pids` in the report say who.
 *   EINVAL  `options` or `report` is malformed: an unknown flag, a signal that does not exist, a negative time, a size
 *           that no version had, a `cancel_fd` that cannot be waited for; or `pidfd` is that of a thread that leads no
 *           process.
 *   E2BIG   `options` has fields that this version does not know, and they are not 0.
 *   EMFILE, ENFILE, ENOMEM, EAGAIN  no descriptor, memory or thread to do it with.
 */
int scythe_kill(int pidfd, const struct scythe_kill_options *options, struct scythe_kill_report *report);

/*
 * The same for a process that is dying already, and has been sent SIGKILL or has begun to exit: its memory is released,
 * if no robust mutex is lost by it. The process is sent SIGKILL once more, which changes nothing. `signal` and
 * `grace_ns` of the options mean nothing here.
 *
 * Returns and errors as scythe_kill(); and
 *
 *   EINVAL  the process is not seen to be dying. It was not touched.
 */
int scythe_release(int pidfd, const struct scythe_kill_options *options, struct scythe_kill_report *report);

/* ---- what works here --------------------------------------------------------------------------------------------- */

/* What `available` says: each can be called here, as far as kernel and seccomp filters go. Rights are not looked at. */
#define SCYTHE_CAN_OPEN 0x1            /* pidfd_open(2), Linux 5.3 */
#define SCYTHE_CAN_RELEASE 0x2         /* process_mrelease(2), Linux 5.15 */
#define SCYTHE_CAN_ADVISE 0x4          /* process_madvise(2), Linux 5.10 */
#define SCYTHE_CAN_COLD 0x8            /* with MADV_COLD, Linux 5.10 */
#define SCYTHE_CAN_PAGEOUT 0x10        /* with MADV_PAGEOUT, Linux 5.10 */
#define SCYTHE_CAN_WILLNEED 0x20       /* with MADV_WILLNEED, Linux 5.15 */
#define SCYTHE_CAN_COLLAPSE 0x40       /* with MADV_COLLAPSE, Linux 6.1 and CONFIG_TRANSPARENT_HUGEPAGE */
#define SCYTHE_CAN_QUERY_AREAS 0x80    /* the ioctl PROCMAP_QUERY, Linux 6.11; else /proc/PID/maps is read */
#define SCYTHE_KERNEL_KNOWS_RANGE 0x100 /* the kernel, or Scythe's extension of it, knows PMADV_FLAG_RANGE, and gets it */
#define SCYTHE_KERNEL_EXTENSION 0x200  /* Scythe's kernel extension is loaded, and can release */

/* What works here. Set `size` before the call; all else is filled, with 0 what a library does not know. */
struct scythe_capabilities {
  size_t size;        /* sizeof(struct scythe_capabilities) */
  uint32_t version;   /* of the library: SCYTHE_VERSION of its own header */
  uint32_t reserved;  /* 0 */
  uint64_t available; /* SCYTHE_CAN_..., SCYTHE_KERNEL_... */
};

/*
 * Finds out what works here, by trying; no process but the caller is touched, and nothing happens to that. No privilege
 * is needed.
 *
 * Returns 0; or -1:
 *
 *   EFAULT  `capabilities` is NULL.
 *   EINVAL  `size` is one that no version had.
 */
int scythe_query(struct scythe_capabilities *capabilities);

#ifdef __cplusplus
}
#endif

#endif
