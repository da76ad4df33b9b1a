// SPDX-License-Identifier: GPL-2.0
/* The caller's side of a call: the stock call, and the vector. */
#include "shim.h"

#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <uapi/linux/futex.h>

/* The numbers that the policy knows are the kernel's. */
static_assert(SCYTHE_EINTR == EINTR && SCYTHE_EBADF == EBADF && SCYTHE_EAGAIN == EAGAIN && SCYTHE_ENOMEM == ENOMEM &&
	      SCYTHE_EFAULT == EFAULT && SCYTHE_EBUSY == EBUSY && SCYTHE_EINVAL == EINVAL && SCYTHE_ESRCH == ESRCH);
static_assert(SCYTHE_MADV_WILLNEED == MADV_WILLNEED && SCYTHE_MADV_DONTNEED == MADV_DONTNEED &&
	      SCYTHE_MADV_COLD == MADV_COLD && SCYTHE_MADV_PAGEOUT == MADV_PAGEOUT &&
	      SCYTHE_MADV_DONTNEED_LOCKED == MADV_DONTNEED_LOCKED && SCYTHE_MADV_COLLAPSE == MADV_COLLAPSE);
static_assert(SCYTHE_ROBUST_LIST_LIMIT == ROBUST_LIST_LIMIT && SCYTHE_PAGE_BYTES == PAGE_SIZE);

static const struct iovec __user *user_vector(struct scythe_call *call)
{
	return (const struct iovec __user *)call->regs->si;
}

long scythe_original(struct scythe_call *call)
{
	const struct pt_regs *regs = call->regs;

	return scythe_stock(regs, regs->di, regs->si, regs->dx, regs->r10, regs->r8);
}

long scythe_check(struct scythe_call *call, int advice)
{
	return scythe_stock(call->regs, call->regs->di, 0, 0, advice, 0);
}

int scythe_import_vector(struct scythe_call *call)
{
	struct iovec *imported = call->room;
	ssize_t bytes = import_iovec(READ, user_vector(call), call->regs->dx, UIO_FASTIOV, &imported, &call->vector);

	if (bytes < 0)
		return bytes;
	call->imported = imported;
	return 0;
}

int scythe_next_element(struct scythe_call *call, struct scythe_range *element)
{
	if (!iov_iter_count(&call->vector))
		return 0;
#ifdef SCYTHE_HAS_ITER_IOV_ADDR
	element->start = (unsigned long)iter_iov_addr(&call->vector);
	element->length = iter_iov_len(&call->vector);
#else
	{
		struct iovec first = iov_iter_iovec(&call->vector);

		element->start = (unsigned long)first.iov_base;
		element->length = first.iov_len;
	}
#endif
	iov_iter_advance(&call->vector, element->length);
	return 1;
}

int scythe_copy_element(struct scythe_call *call, unsigned long index, struct scythe_range *element)
{
	struct iovec copy;

	if (copy_from_user(&copy, user_vector(call) + index, sizeof(copy)))
		return -EFAULT;
	element->start = (unsigned long)copy.iov_base;
	element->length = copy.iov_len;
	return 0;
}

int scythe_caller_is_killed(struct scythe_call *call) { return fatal_signal_pending(current); }
