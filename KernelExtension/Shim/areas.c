// SPDX-License-Identifier: GPL-2.0
/* The target's mappings. */
#include "shim.h"

#include <linux/sched/mm.h>

int scythe_lock(struct scythe_call *call) { return mmap_read_lock_killable(call->mm); }

void scythe_unlock(struct scythe_call *call)
{
	call->area = NULL;
	mmap_read_unlock(call->mm);
}

int scythe_next_area(struct scythe_call *call, unsigned long address, struct scythe_area *area)
{
	struct vm_area_struct *found = call->area = find_vma(call->mm, address);

	if (!found)
		return 0;
	area->start = found->vm_start;
	area->end = found->vm_end;
	area->facts = (found->vm_flags & VM_HUGETLB ? SCYTHE_AREA_HUGETLB : 0) |
		      (found->vm_flags & VM_PFNMAP ? SCYTHE_AREA_PFNMAP : 0) |
		      (found->vm_flags & VM_SHARED ? SCYTHE_AREA_SHARED : 0) |
		      (found->vm_flags & VM_LOCKED ? SCYTHE_AREA_LOCKED : 0) |
		      (vma_is_anonymous(found) ? SCYTHE_AREA_ANONYMOUS : 0);
	return 1;
}

void scythe_zap(struct scythe_call *call, unsigned long start, unsigned long length)
{
#if defined(SCYTHE_HAS_ZAP_VMA_RANGE)
	zap_vma_range(call->area, start, length);
#elif defined(SCYTHE_HAS_ZAP_PAGE_RANGE)
	zap_page_range(call->area, start, length);
#else
	zap_page_range_single(call->area, start, length, NULL);
#endif
	cond_resched();
}

int scythe_advise(struct scythe_call *call, unsigned long start, unsigned long length, int advice)
{
	return static_call(scythe_do_madvise)(call->mm, start, length, advice);
}

int scythe_is_abandoned(struct scythe_call *call)
{
	return call->mm != current->mm && atomic_read(&call->mm->mm_users) <= 1;
}
