/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * scythe_madvise.h: what Scythe's kernel extension adds to process_madvise(2).
 *
 *     syscall(SYS_process_madvise, pidfd, vec, vlen, advice, flags)
 *
 * The call, its number and its rights are the kernel's own: PTRACE_MODE_READ_FSCREDS and CAP_SYS_NICE (EACCES, EPERM),
 * and EBADF, ESRCH and EFAULT as without the extension. Only for 64-bit callers; a 32-bit one has the stock call.
 *
 * Two things are new. A call with PMADV_FLAG_RANGE advises the whole address space, or a part of any length, and does
 * not fail for holes, nor for mappings that the advice does not fit or that cannot have it at this moment. And
 * MADV_DONTNEED (4) and MADV_DONTNEED_LOCKED (24) release the memory of a process that is dying: group exit has begun
 * (SIGKILL, a fatal signal, exit_group) for every process that shares the memory, and none dumps core. If not: EINVAL,
 * and nothing is changed. execve is not dying. If the kernel has reaped the memory already: 0, and nothing is done.
 *
 * Released is private memory, whether of files or not; never hugetlb or device memory (VM_PFNMAP), and locked memory by
 * MADV_DONTNEED_LOCKED only. With PMADV_FLAG_RANGE shared mappings stay as they are.
 *
 * MADV_DONTNEED without a flag takes an ordinary vector and returns the bytes that it covered, at the most 2 GiB -
 * 4 KiB as for any vector, or an error if not even the first element could be done. A hole is ENOMEM, after the rest of
 * the element was done; a mapping that is never released is EINVAL. A shared mapping is unmapped, its content stays.
 *
 * What exit reads of the robust mutexes that the threads hold (list heads, entries, futex words) is spared, page by
 * page, so that their other owners see EOWNERDEAD. If that cannot be told (over SCYTHE_PMADV_ROBUST_PAGES pages, a list
 * that cannot be read, no memory): EAGAIN, and nothing is released.
 *
 * Several callers may release disjoint parts of one process at once. A caller that gets a fatal signal ends (EINTR).
 */
#ifndef SCYTHE_MADVISE_H
#define SCYTHE_MADVISE_H

/*
 * The whole address space; with no other flag the vector is imported and then ignored, NULL and 0 are fine. Returns 0.
 * For MADV_DONTNEED, MADV_DONTNEED_LOCKED, and of MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED and MADV_COLLAPSE those that
 * the running kernel allows for another process. Any other advice is EINVAL.
 */
#ifndef PMADV_FLAG_RANGE
#define PMADV_FLAG_RANGE 0x1
#endif

/*
 * With PMADV_FLAG_RANGE: from vec[0].iov_base to vec[1].iov_base, exclusive; both iov_len are ignored. vlen must be 2,
 * both addresses page aligned and the first below the second: else EINVAL. Returns 0.
 */
#define SCYTHE_PMADV_BOUNDS 0x10000

/*
 * With PMADV_FLAG_RANGE: ends after vec[0].iov_len bytes of mappings that take the advice, whether their pages are
 * present or spared or not; above 0 and page aligned, else EINVAL. Begins at vec[0].iov_base, page aligned. vlen must
 * be 1, or 2 with SCYTHE_PMADV_BOUNDS. Returns 0 when it came to the end, else the address to go on at: put it into
 * vec[0].iov_base and call again.
 */
#define SCYTHE_PMADV_BUDGET 0x20000

/*
 * By itself, with pidfd -1, vec NULL, vlen 0 and advice 0: returns the version of this interface and what the extension
 * can do, and does nothing else. Any other use is EINVAL. A kernel without the extension answers EINVAL.
 */
#define SCYTHE_PMADV_QUERY 0x40000

/* The answer of SCYTHE_PMADV_QUERY: bits 0 to 15 are the version, the bits from 16 on are abilities. */
#define SCYTHE_PMADV_VERSION 1
#define SCYTHE_PMADV_VERSION_MASK 0xffff
#define SCYTHE_PMADV_CAN_RANGE 0x10000
#define SCYTHE_PMADV_CAN_BOUNDS 0x20000
#define SCYTHE_PMADV_CAN_BUDGET 0x40000
#define SCYTHE_PMADV_SPARES_ROBUST 0x80000
#define SCYTHE_PMADV_CAN_LOCKED 0x100000

/* The most pages that are spared for robust mutexes. */
#define SCYTHE_PMADV_ROBUST_PAGES 512

#endif
