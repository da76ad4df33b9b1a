// SPDX-License-Identifier: GPL-2.0
/* What the kernel does not export: found by kprobes that are never armed, and called through static calls. */
#include "shim.h"

#include <linux/kprobes.h>
#include <linux/mman.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/syscalls.h>
#include <asm/cpufeature.h>
#ifdef CONFIG_X86_KERNEL_IBT
#include <asm/ibt.h>
#endif

unsigned long scythe_call_address;

long scythe_no_call(const struct pt_regs *regs) { return -ENOSYS; }
struct task_struct *scythe_no_task(int pidfd, unsigned int *flags) { return ERR_PTR(-ENOSYS); }
struct mm_struct *scythe_no_mm(struct task_struct *task, unsigned int mode) { return ERR_PTR(-ENOSYS); }
int scythe_no_advice(struct mm_struct *mm, unsigned long start, size_t length, int advice) { return -ENOSYS; }

/* A changed prototype ends the build, not the machine. */
static_assert(__same_type(&scythe_no_task, &pidfd_get_task));
static_assert(__same_type(&scythe_no_mm, &mm_access));
static_assert(__same_type(&scythe_no_advice, &do_madvise));

/*
 * A static call is patched into a direct one: no retpoline, and no need of a landing pad where indirect branches are
 * tracked.
 */
DEFINE_STATIC_CALL(scythe_stock_call, scythe_no_call);
DEFINE_STATIC_CALL(scythe_pidfd_get_task, scythe_no_task);
DEFINE_STATIC_CALL(scythe_mm_access, scythe_no_mm);
DEFINE_STATIC_CALL(scythe_do_madvise, scythe_no_advice);

/*
 * At boot the kernel seals the landing pads of functions that nobody calls indirectly. Direct calls into them should
 * work, but no processor that enforces it was at hand: not tested is not supported.
 */
static bool is_sealed(unsigned long address)
{
#ifdef CONFIG_X86_KERNEL_IBT
	/* A kprobe's address is behind the landing pad. */
	return cpu_feature_enabled(X86_FEATURE_IBT) && *(u32 *)(address - 4) != gen_endbr();
#else
	return false;
#endif
}

static unsigned long find(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	unsigned long address;
	int error = register_kprobe(&probe);

	if (error) {
		pr_err("cannot load: this kernel has no %s that could be found (%d)\n", name, error);
		return 0;
	}
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	if (is_sealed(address)) {
		pr_err("cannot load: this processor tracks indirect branches, and %s is sealed against them\n", name);
		return 0;
	}
	return address;
}

int scythe_find_symbols(void)
{
	unsigned long task, access, advice;

	scythe_call_address = find("__x64_sys_process_madvise");
	if (!scythe_call_address)
		return -ENOENT;
	task = find("pidfd_get_task");
	if (!task)
		return -ENOENT;
	access = find("mm_access");
	if (!access)
		return -ENOENT;
	advice = find("do_madvise");
	if (!advice)
		return -ENOENT;
	static_call_update(scythe_stock_call, (typeof(&scythe_no_call))scythe_call_address);
	static_call_update(scythe_pidfd_get_task, (typeof(&scythe_no_task))task);
	static_call_update(scythe_mm_access, (typeof(&scythe_no_mm))access);
	static_call_update(scythe_do_madvise, (typeof(&scythe_no_advice))advice);
	return 0;
}

long scythe_stock(const struct pt_regs *like, unsigned long pidfd, unsigned long vector, unsigned long count,
		  unsigned long advice, unsigned long flags)
{
	struct pt_regs regs = *like;

	regs.orig_ax = SCYTHE_OWN_CALL;
	regs.di = pidfd;
	regs.si = vector;
	regs.dx = count;
	regs.r10 = advice;
	regs.r8 = flags;
	return static_call(scythe_stock_call)(&regs);
}
