// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

/// Whether a process counts as dying: none of its threads ever runs in user mode again, but to be killed there.
///
/// Group exit, and not merely the end of all other threads: execve ends those too. Who dumps core still reads its
/// memory. A kernel thread that has borrowed the memory has no exit of its own.
public func isDying(processFacts facts: UInt32) -> Bool {
  facts & (SCYTHE_PROCESS_DUMPS_CORE | SCYTHE_PROCESS_IS_KERNEL) == 0 && facts & SCYTHE_PROCESS_GROUP_EXIT != 0
}
