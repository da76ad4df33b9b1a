// The layouts that were published. Programs that were compiled with them pass these sizes for ever: a field may be
// added at the end, and nothing else may change.
#include "scythe.h"

#define FIRST_END(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

_Static_assert(sizeof(void *) == 8, "a range is an iovec on 64-bit Linux only");
_Static_assert(offsetof(struct scythe_kill_options, signal) == 40, "scythe_kill_options has been published");
_Static_assert(FIRST_END(struct scythe_kill_options, reserved) == 56, "scythe_kill_options has been published");
_Static_assert(offsetof(struct scythe_kill_report, bytes_back) == 32, "scythe_kill_report has been published");
_Static_assert(offsetof(struct scythe_kill_report, signal_ns) == 80, "scythe_kill_report has been published");
_Static_assert(offsetof(struct scythe_kill_report, sharer_pids) == 124, "scythe_kill_report has been published");
_Static_assert(FIRST_END(struct scythe_kill_report, reserved) == 160, "scythe_kill_report has been published");
_Static_assert(FIRST_END(struct scythe_capabilities, available) == 24, "scythe_capabilities has been published");
