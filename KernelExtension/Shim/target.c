// SPDX-License-Identifier: GPL-2.0
/* The target's side of a call: finding it, who uses its memory, and what its threads are about to do. */
#include "shim.h"

#include <linux/capability.h>
#include <linux/highmem.h>
#include <linux/ptrace.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>

static_assert(SCYTHE_PMADV_ROBUST_PAGES * sizeof(unsigned long) == PAGE_SIZE);

#ifdef SCYTHE_HAS_MM_FLAGS
#define mm_has(flag, mm) mm_flags_test(flag, mm)
#define mm_mark(flag, mm) mm_flags_set(flag, mm)
#else
#define mm_has(flag, mm) test_bit(flag, &(mm)->flags)
#define mm_mark(flag, mm) set_bit(flag, &(mm)->flags)
#endif

#ifdef SCYTHE_HAS_TASK_FUTEX
#define robust_list_of(task) ((task)->futex.robust_list)
#define compat_robust_list_of(task) ((task)->futex.compat_robust_list)
#else
#define robust_list_of(task) ((task)->robust_list)
#define compat_robust_list_of(task) ((task)->compat_robust_list)
#endif

/* ---- finding it ------------------------------------------------------------------------------------------------ */

static int find_task(struct scythe_call *call)
{
	unsigned int flags;
	struct task_struct *task = static_call(scythe_pidfd_get_task)((int)call->regs->di, &flags);

	if (IS_ERR(task))
		return PTR_ERR(task);
	call->task = task;
	return 0;
}

/* The memory of one thread, with the reference of a user, by the running kernel's own rules. */
static struct mm_struct *access(struct task_struct *thread)
{
	struct mm_struct *mm = static_call(scythe_mm_access)(thread, PTRACE_MODE_READ_FSCREDS);

	if (!mm)
		return ERR_PTR(-ESRCH);
	if (!IS_ERR(mm) && mm != current->mm && !capable(CAP_SYS_NICE)) {
		mmput_async(mm);
		return ERR_PTR(-EPERM);
	}
	return mm;
}

int scythe_open_for_advice(struct scythe_call *call)
{
	int error = find_task(call);
	struct mm_struct *mm;

	if (error)
		return error;
	mm = access(call->task);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	call->mm = mm;
	call->in_use = true;
	return 0;
}

/* A leader may have ended long before a thread that hangs. A kernel thread's memory is borrowed. */
static struct task_struct *thread_with_memory(struct task_struct *leader)
{
	struct task_struct *thread, *found = NULL;

	rcu_read_lock();
	for_each_thread(leader, thread) {
		if (READ_ONCE(thread->mm) && !(thread->flags & PF_KTHREAD)) {
			found = get_task_struct(thread);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/*
 * The reference that stays keeps the structure only, as that of process_mrelease: while a release goes on, the last
 * user's exit frees the memory as if we were not there. The user's reference that comes with the access is given back
 * at once, and should it have been the last, a kernel thread does the rest.
 */
int scythe_open_for_release(struct scythe_call *call)
{
	int error = find_task(call);
	struct task_struct *thread;
	struct mm_struct *mm;

	if (error)
		return error;
	/* A thread that ends meanwhile does not speak for the others. */
	do {
		thread = thread_with_memory(call->task);
		if (!thread)
			return -ESRCH;
		mm = access(thread);
		put_task_struct(thread);
	} while (mm == ERR_PTR(-ESRCH));
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	mmgrab(mm);
	mmput_async(mm);
	call->mm = mm;
	return 0;
}

void scythe_close(struct scythe_call *call)
{
	if (call->mm) {
		if (call->in_use)
			mmput(call->mm);
		else
			mmdrop(call->mm);
	}
	if (call->task)
		put_task_struct(call->task);
	free_page((unsigned long)call->pages);
	kfree(call->imported);
}

/* ---- who uses it ----------------------------------------------------------------------------------------------- */

unsigned int scythe_memory_facts(struct scythe_call *call)
{
	return (mm_has(MMF_OOM_SKIP, call->mm) ? SCYTHE_MEMORY_REAPED : 0) |
	       (mm_has(MMF_UNSTABLE, call->mm) ? SCYTHE_MEMORY_UNSTABLE : 0);
}

void scythe_mark_unstable(struct scythe_call *call) { mm_mark(MMF_UNSTABLE, call->mm); }

static bool is_dying(struct task_struct *process)
{
	struct signal_struct *signal = process->signal;
	struct sighand_struct *sighand;
	unsigned int facts = (READ_ONCE(signal->flags) & SIGNAL_GROUP_EXIT ? SCYTHE_PROCESS_GROUP_EXIT : 0) |
			     (READ_ONCE(signal->core_state) ? SCYTHE_PROCESS_DUMPS_CORE : 0) |
			     (process->flags & PF_KTHREAD ? SCYTHE_PROCESS_IS_KERNEL : 0);
	unsigned long flags;

	if (!scythe_policy_is_dying(facts))
		return false;
	/*
	 * Whoever began the group exit holds this lock until every thread has its signal: after us, none of them gets
	 * through an exit to user mode. The structure may be another's by now, but it is always one with a lock.
	 */
	sighand = rcu_dereference(process->sighand);
	if (sighand) {
		spin_lock_irqsave(&sighand->siglock, flags);
		spin_unlock_irqrestore(&sighand->siglock, flags);
	}
	return true;
}

static int threads_using(struct task_struct *process, struct mm_struct *mm)
{
	struct task_struct *thread;
	int count = 0;

	for_each_thread(process, thread)
		count += READ_ONCE(thread->mm) == mm;
	return count;
}

int scythe_is_dying(struct scythe_call *call)
{
	struct task_struct *process;
	bool dying;
	int users;

	rcu_read_lock();
	dying = is_dying(call->task);
	/*
	 * Every thread counts as a user. The dying start no new ones, so no more users than threads, counted in this
	 * order, means that nobody else is there. It holds too if the target has left the memory since it was found:
	 * then it has no threads there, and whoever is left is looked for.
	 */
	users = atomic_read(&call->mm->mm_users);
	smp_rmb();
	call->is_shared = users > threads_using(call->task, call->mm);
	if (dying && call->is_shared) {
		for_each_process(process) {
			if (threads_using(process, call->mm) && !is_dying(process)) {
				dying = false;
				break;
			}
		}
	}
	rcu_read_unlock();
	return dying;
}

static void enter_kernel(void *unused) { }

/*
 * A thread that is in user mode has its signal, but may not have seen it. Interrupted, it takes it on the way back. All
 * processors that run this memory are in the mask.
 */
void scythe_settle(struct scythe_call *call) { on_each_cpu_mask(mm_cpumask(call->mm), enter_kernel, NULL, true); }

/* ---- robust lists ---------------------------------------------------------------------------------------------- */

int scythe_hold(struct scythe_call *call) { return mmget_not_zero(call->mm); }

/* Should everybody else have gone meanwhile, a kernel thread frees the memory: exit may wait for I/O. */
void scythe_let_go(struct scythe_call *call) { mmput_async(call->mm); }

static void see_threads(struct task_struct *process, struct mm_struct *mm, void *heads)
{
	struct task_struct *thread;

	for_each_thread(process, thread) {
		unsigned long native, compat = 0;

		if (READ_ONCE(thread->mm) != mm)
			continue;
		native = (unsigned long)READ_ONCE(robust_list_of(thread));
#ifdef CONFIG_COMPAT
		compat = (unsigned long)READ_ONCE(compat_robust_list_of(thread));
#endif
		scythe_policy_saw_lists(heads, native, compat);
	}
}

void scythe_each_thread(struct scythe_call *call, void *heads)
{
	struct task_struct *process;

	rcu_read_lock();
	if (call->is_shared) {
		for_each_process(process)
			see_threads(process, call->mm, heads);
	} else {
		see_threads(call->task, call->mm, heads);
	}
	rcu_read_unlock();
}

static long get_page_of(struct mm_struct *mm, unsigned long address, struct page **page, int *locked)
{
#ifdef SCYTHE_HAS_GUP_VMAS
	return get_user_pages_remote(mm, address, 1, 0, page, NULL, locked);
#else
	return get_user_pages_remote(mm, address, 1, 0, page, locked);
#endif
}

/* As process_vm_readv does it: what was swapped out is read back, without the lock and until a fatal signal. */
int scythe_read(struct scythe_call *call, unsigned long address, void *bytes, unsigned int count)
{
	while (count) {
		unsigned int offset = offset_in_page(address);
		unsigned int part = min_t(unsigned int, count, PAGE_SIZE - offset);
		int locked = 1;
		struct page *page;
		void *mapped;
		long got;

		if (mmap_read_lock_killable(call->mm))
			return -EINTR;
		got = get_page_of(call->mm, address & PAGE_MASK, &page, &locked);
		if (locked)
			mmap_read_unlock(call->mm);
		if (got != 1)
			return fatal_signal_pending(current) ? -EINTR : got < 0 ? got : -EFAULT;
		mapped = kmap_local_page(page);
		memcpy(bytes, mapped + offset, part);
		kunmap_local(mapped);
		put_page(page);
		address += part;
		bytes += part;
		count -= part;
	}
	return 0;
}

unsigned long *scythe_heads_room(struct scythe_call *call) { return call->heads; }

/* Memory is short when this is called: better an answer that it cannot be done now than to wait for some. */
unsigned long *scythe_pages_room(struct scythe_call *call)
{
	if (!call->pages)
		call->pages = (unsigned long *)__get_free_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	return call->pages;
}
