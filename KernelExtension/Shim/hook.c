// SPDX-License-Identifier: GPL-2.0
/*
 * The way in: calls that are the extension's are diverted from the system call to the module; all others run the stock
 * code, untouched.
 *
 * ftrace with IPMODIFY, and not a livepatch, which the same kernels have:
 *  - The stock function stays whole behind the hook. A livepatch replaces it for every call, and the replacement has to
 *    enter the original behind the very instruction that diverts.
 *  - A call in progress counts as a user of the module, so rmmod refuses at once while one sleeps here. A livepatch is
 *    refused too while it is enabled; to disable it is a transition that waits for every task of the machine and can
 *    hang for one that sleeps in any patched function, with no errno to tell by.
 *  - It leaves no mark on the machine but that of an out-of-tree module; a livepatch taints the kernel with K until the
 *    next boot.
 *  - Both exclude each other and a second of their kind on this function: the kernel refuses it, clearly (EBUSY).
 */
#include "shim.h"

#include <linux/compat.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/utsname.h>
#include <linux/version.h>
#include <linux/wait.h>
#include <asm/cpufeature.h>

/* Callers inside. rmmod cannot get past their references to the module; a forced one can, and must wait. */
static atomic_t inside = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(empty);

/* Instead of the system call, in the same place and with the same registers; holds a reference to the module. */
static noinline long diverted(const struct pt_regs *regs)
{
	struct scythe_arguments arguments = {
		.vector = regs->si,
		.count = regs->dx,
		.pidfd = regs->di,
		.advice = regs->r10,
		.flags = regs->r8,
	};
	struct scythe_call call;
	long result;

	memset(&call, 0, offsetof(struct scythe_call, vector));
	call.regs = regs;
	atomic_inc(&inside);
	result = scythe_policy_run(&call, &arguments);
	scythe_close(&call);
	if (atomic_dec_and_test(&inside))
		wake_up_all(&empty);
	/* What is left to run after this is covered by synchronize_rcu_tasks: it does not sleep. */
	module_put(THIS_MODULE);
	return result;
}

static void notrace on_entry(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	const struct pt_regs *user;

	if (!regs)
		return;
	/* The registers of the system call are its only argument. Our own calls of the stock code carry a mark in them,
	 * since the function graph tracer changes the return address by which they could be told otherwise. */
	user = (const struct pt_regs *)regs->di;
	if (user->orig_ax == SCYTHE_OWN_CALL || !scythe_policy_wants(user->r10, user->r8) || in_compat_syscall())
		return;
	/* Fails when the module is about to go: stock again. */
	if (try_module_get(THIS_MODULE))
		regs->ip = (unsigned long)diverted;
}

/* PERMANENT: not to be switched off by kernel.ftrace_enabled, which would end the extension without a word. */
static struct ftrace_ops hook = {
	.func = on_entry,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
};

/* ---- what must hold -------------------------------------------------------------------------------------------- */

/* The kernels that the shim was read and tested against: no other is known to keep what it assumes. */
#define OLDEST KERNEL_VERSION(6, 1, 0)
#define BEHIND_NEWEST KERNEL_VERSION(7, 3, 0)

static int check_kernel(void)
{
	if (LINUX_VERSION_CODE < OLDEST || LINUX_VERSION_CODE >= BEHIND_NEWEST) {
		pr_err("cannot load: made for Linux 6.1 to 7.2, this is %s\n", utsname()->release);
		return -EOPNOTSUPP;
	}
	if (IS_ENABLED(CONFIG_CFI_CLANG) || IS_ENABLED(CONFIG_CFI)) {
		pr_err("cannot load: this kernel checks the types of indirect calls (kCFI), which the policy has not\n");
		return -EOPNOTSUPP;
	}
#ifdef X86_FEATURE_CALL_DEPTH
	if (cpu_feature_enabled(X86_FEATURE_CALL_DEPTH)) {
		pr_err("cannot load: this kernel counts the depth of calls (retbleed=stuff), which was not tested\n");
		return -EOPNOTSUPP;
	}
#endif
	return 0;
}

/* With a descriptor that cannot be, so nothing happens whatever a flag means to this kernel. */
static long ask(unsigned long flags)
{
	struct pt_regs none = {};

	return scythe_stock(&none, -1UL, 0, 0, 0, flags);
}

static int check_flag(unsigned long flag)
{
	long answer = ask(flag);

	if (answer == -EINVAL)
		return 0;
	if (answer == -EBADF)
		pr_err("cannot load: this kernel has a meaning of its own for the flag %#lx of process_madvise\n", flag);
	else
		pr_err("cannot load: process_madvise is not the stock call, it answers %ld to flag %#lx\n", answer, flag);
	return -EEXIST;
}

static int install(void)
{
	int error = ftrace_set_filter_ip(&hook, scythe_call_address, 0, 0);

	if (!error)
		error = register_ftrace_function(&hook);
	if (!error)
		return 0;
	ftrace_free_filter(&hook);
	if (error == -EBUSY)
		pr_err("cannot load: something diverts process_madvise already, or kernel.ftrace_enabled is 0\n");
	else
		pr_err("cannot load: process_madvise cannot be traced (%d)\n", error);
	return error;
}

static int __init load(void)
{
	int error = check_kernel();

	if (!error)
		error = scythe_find_symbols();
	if (!error)
		error = check_flag(PMADV_FLAG_RANGE);
	if (!error)
		error = check_flag(SCYTHE_PMADV_QUERY);
	if (!error)
		error = install();
	if (!error)
		pr_info("process_madvise takes ranges, and releases the memory of dying processes\n");
	return error;
}

static void __exit unload(void)
{
	unregister_ftrace_function(&hook);	/* nobody new is diverted */
	synchronize_rcu_tasks();		/* who was, is counted by now */
	wait_event(empty, atomic_read(&inside) == 0);
	synchronize_rcu_tasks();		/* the last has left our code */
	ftrace_free_filter(&hook);
	pr_info("process_madvise is the kernel's own again\n");
}

module_init(load);
module_exit(unload);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("process_madvise for whole address spaces, and for the memory of dying processes");
