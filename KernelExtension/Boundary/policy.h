/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The boundary between the policy (Swift: what is done) and the shim (C: how this kernel does it). No header of the
 * kernel is included, so that one object of the policy serves every kernel. x86-64: unsigned long has 64 bits.
 */
#ifndef SCYTHE_POLICY_H
#define SCYTHE_POLICY_H

#include "scythe_madvise.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#endif

/* Numbers of the kernel's own interface; the shim compares them with the kernel's headers. */
#define SCYTHE_EINTR 4
#define SCYTHE_EBADF 9
#define SCYTHE_EAGAIN 11
#define SCYTHE_ENOMEM 12
#define SCYTHE_EFAULT 14
#define SCYTHE_EBUSY 16
#define SCYTHE_EINVAL 22
#define SCYTHE_ESRCH 3
#define SCYTHE_MADV_WILLNEED 3
#define SCYTHE_MADV_DONTNEED 4
#define SCYTHE_MADV_COLD 20
#define SCYTHE_MADV_PAGEOUT 21
#define SCYTHE_MADV_DONTNEED_LOCKED 24
#define SCYTHE_MADV_COLLAPSE 25
#define SCYTHE_ROBUST_LIST_LIMIT 2048
#define SCYTHE_PAGE_BYTES 4096

/* Facts about a process. */
#define SCYTHE_PROCESS_GROUP_EXIT 1u
#define SCYTHE_PROCESS_DUMPS_CORE 2u
#define SCYTHE_PROCESS_IS_KERNEL 4u

/* Facts about a mapping. */
#define SCYTHE_AREA_HUGETLB 1u
#define SCYTHE_AREA_PFNMAP 2u
#define SCYTHE_AREA_SHARED 4u
#define SCYTHE_AREA_LOCKED 8u
#define SCYTHE_AREA_ANONYMOUS 16u

/* Facts about the memory of the target: exit or the kernel's reaper is through with it; parts of it were released. */
#define SCYTHE_MEMORY_REAPED 1u
#define SCYTHE_MEMORY_UNSTABLE 2u

/* How many list heads are looked at in one walk over the threads: 512 bytes of the kernel's stack. */
#define SCYTHE_HEADS 64

struct scythe_area {
	unsigned long start, end;
	unsigned int facts;
};

struct scythe_range {
	unsigned long start, length;
};

/* The arguments as the caller gave them, cut to the width of the kernel's own parameters. */
struct scythe_arguments {
	unsigned long vector, count;
	int pidfd, advice;
	unsigned int flags;
};

/* A call in progress: the shim's own. */
struct scythe_call;

/* ---- the policy: called by the shim --------------------------------------------------------------------------- */

/* Whether a call is the extension's. Called where nothing may sleep. */
int scythe_policy_wants(int advice, unsigned int flags);
/* The answer to a call: what the system call returns. */
long scythe_policy_run(struct scythe_call *call, const struct scythe_arguments *arguments);
/* Whether a process with these facts counts as dying. Called where nothing may sleep. */
int scythe_policy_is_dying(unsigned int facts);
/* Takes the list heads of one thread, 0 for none. Called where nothing may sleep. */
void scythe_policy_saw_lists(void *heads, unsigned long native, unsigned long compat);

/* ---- the shim: called by the policy. 0 or a negated errno, where nothing else is said ---------------------------- */

/* The running kernel's own call, as it was made; and with an empty vector, an advice and no flags: its own checks. */
long scythe_original(struct scythe_call *call);
long scythe_check(struct scythe_call *call, int advice);

/* Imports the vector by the kernel's own rules; then its elements, one by one: 0 when there is none left. */
int scythe_import_vector(struct scythe_call *call);
int scythe_next_element(struct scythe_call *call, struct scythe_range *element);
/* Copies one element of the vector as it is. */
int scythe_copy_element(struct scythe_call *call, unsigned long index, struct scythe_range *element);

/* Finds the target's memory, after the running kernel's checks: to advise it while it is in use, or to release it. */
int scythe_open_for_advice(struct scythe_call *call);
int scythe_open_for_release(struct scythe_call *call);

/* SCYTHE_MEMORY_... of an opened target. */
unsigned int scythe_memory_facts(struct scythe_call *call);
/* Whether scythe_policy_is_dying says so of every process that uses the memory. */
int scythe_is_dying(struct scythe_call *call);
/* Returns when no thread of a dying target can run in user mode again. */
void scythe_settle(struct scythe_call *call);
/* From here on, what the kernel reads or writes for the target fails rather than finds zeroes. */
void scythe_mark_unstable(struct scythe_call *call);

/* Keeps the memory's users from falling to none: 0 if there is none any more. And lets go. */
int scythe_hold(struct scythe_call *call);
void scythe_let_go(struct scythe_call *call);
/* Hands the list heads of every thread of the target and its sharers to scythe_policy_saw_lists. */
void scythe_each_thread(struct scythe_call *call, void *heads);
/* Reads the target's memory while it is held. */
int scythe_read(struct scythe_call *call, unsigned long address, void *bytes, unsigned int count);
/* Room for SCYTHE_HEADS addresses; and for SCYTHE_PMADV_ROBUST_PAGES, NULL if there is no memory for that. */
unsigned long *scythe_heads_room(struct scythe_call *call);
unsigned long *_Nullable scythe_pages_room(struct scythe_call *call);

/* The lock on the target's mappings, for reading; a fatal signal to the caller ends the wait (EINTR). */
int scythe_lock(struct scythe_call *call);
void scythe_unlock(struct scythe_call *call);
/* The first mapping that ends behind an address: 0 if there is none. Under the lock. */
int scythe_next_area(struct scythe_call *call, unsigned long address, struct scythe_area *area);
/* Releases a part of the mapping that scythe_next_area gave last. Under the lock. */
void scythe_zap(struct scythe_call *call, unsigned long start, unsigned long length);
/* The kernel's own advice to a part of the memory. Without the lock. */
int scythe_advise(struct scythe_call *call, unsigned long start, unsigned long length, int advice);
/* Whether everybody but this call has left the memory. */
int scythe_is_abandoned(struct scythe_call *call);
int scythe_caller_is_killed(struct scythe_call *call);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
