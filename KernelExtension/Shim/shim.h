/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's side of the extension. It decides nothing: see Boundary/policy.h for what each function has to do. */
#ifndef SCYTHE_SHIM_H
#define SCYTHE_SHIM_H

#define pr_fmt(fmt) "scythe: " fmt

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/static_call.h>
#include <linux/uio.h>

#include "../Boundary/policy.h"

struct scythe_call {
	const struct pt_regs *regs;	/* of the system call */
	struct task_struct *task;	/* the leader of the target's threads */
	struct mm_struct *mm;
	bool in_use;			/* the reference to mm is that of a user; else it keeps the structure only */
	bool is_shared;			/* other processes may use it */
	struct vm_area_struct *area;	/* the last that was asked for; under the lock */
	unsigned long *pages;
	struct iovec *imported;		/* to be freed */
	struct iov_iter vector;
	struct iovec room[UIO_FASTIOV];
	unsigned long heads[SCYTHE_HEADS];
};

/* Functions that the kernel does not export; symbols.c finds them. */
long scythe_no_call(const struct pt_regs *regs);
struct task_struct *scythe_no_task(int pidfd, unsigned int *flags);
struct mm_struct *scythe_no_mm(struct task_struct *task, unsigned int mode);
int scythe_no_advice(struct mm_struct *mm, unsigned long start, size_t length, int advice);
DECLARE_STATIC_CALL(scythe_stock_call, scythe_no_call);
DECLARE_STATIC_CALL(scythe_pidfd_get_task, scythe_no_task);
DECLARE_STATIC_CALL(scythe_mm_access, scythe_no_mm);
DECLARE_STATIC_CALL(scythe_do_madvise, scythe_no_advice);

/* Finds them: 0, or a negated errno after a message. And where the system call begins. */
int scythe_find_symbols(void);
extern unsigned long scythe_call_address;

/* The stock call with registers of our own: orig_ax, no system call's number, says that it is not to be diverted. */
#define SCYTHE_OWN_CALL (-2UL)
long scythe_stock(const struct pt_regs *like, unsigned long pidfd, unsigned long vector, unsigned long count,
		  unsigned long advice, unsigned long flags);

/* What a call has taken. */
void scythe_close(struct scythe_call *call);

#endif
