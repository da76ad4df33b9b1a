// What the parts of scythe-victim know of each other; main.c holds the user documentation.
//
// Processes: the starter (the one that was started; it stays tiny, so that the victim's numbers are clean), its
// children the victim and the waiter, and the victim's children and sharers. The starter is a child subreaper:
// whatever the victim leaves behind becomes its child and is reaped.

#ifndef SCYTHE_VICTIM_H
#define SCYTHE_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { EXIT_BAD_USAGE = 64, EXIT_CANNOT = 69 };  // EX_USAGE and EX_UNAVAILABLE of sysexits.h.

// Far above what a test asks for. They size fixed arrays, and the VMAs stay below the kernel's default of 65530.
enum { MAX_THREADS = 4096, MAX_CHILDREN = 1000, MAX_VMAS = 60000, MAX_BOMB = 20000, MAX_AREA_PAGES = 1 << 22 };

#define MIN_GROW ((size_t)400 << 10)  // A step of one page, every 10 ms.
#define MAX_PINNED ((size_t)1 << 40)  // Bytes that the buffers of one io_uring can hold.

enum robust_mode { ROBUST_NONE, ROBUST_HELD, ROBUST_SPIN, ROBUST_IDLE, ROBUST_LAST_THREAD };
enum share_mode { SHARE_NONE, SHARE_CLONE_VM, SHARE_VFORK };
enum group_mode { GROUP_NONE, GROUP_PLAIN, GROUP_FROZEN, GROUP_THROTTLED };

struct options {
  size_t anon, shared, memfd_private, file, hugetlb, prot_none, pinned, child_anon;  // Bytes; 0 means not asked for.
  size_t grow, grow_to;  // Bytes per second, and bytes in all.
  bool thp, locked, unmap, page_out_self;
  const char *areas;  // As areas_parse_next takes it; NULL means not asked for.
  bool churn;
  int vmas;     // At least 1.
  int threads;  // All threads of the victim, so at least 1.
  bool ignore_term, spin, held, zombie;
  int term_exit_ms, exit_ms, held_ms;  // -1 means not asked for.
  int fork_count, fork_depth, fork_bomb;
  enum share_mode share;
  enum robust_mode robust;
  bool mmap_lock_fuse, frozen_write, idle, stopped, traced;
  bool set_oom_score_adj;
  int oom_score_adj;
  const char *comm;
  enum group_mode group;
  const char *group_folder;  // The group below which the victim's own is made.
};

// options.c
struct options options_parse(int argc, char **argv);

// starter.c
int starter_run(const struct options *options);

// lifeline.c: once the starter is gone, the kernel kills every process that joined.
bool lifeline_open(void);
void lifeline_join(void);
void lifeline_sleep(int milliseconds);  // For ever if negative; does not return once the starter is gone.
void lifeline_cut(void);

// report.c: what the victim and its relatives tell the starter while they get ready.
enum report_kind {
  REPORT_CHILD,
  REPORT_SHARER,
  REPORT_WAITER,
  REPORT_STUCK,
  REPORT_UNMAPPED,
  REPORT_PAGED_OUT,
  REPORT_AREAS,
  REPORT_CHURN,
  REPORT_READY,
  REPORT_CANNOT
};
struct report {
  enum report_kind kind;
  pid_t pid;
  int64_t value;  // Nanoseconds of what is over, an address of what has been made.
  char reason[160];
};
bool report_open(void);
int report_descriptor(void);
bool report_receive(struct report *report);
void report_close_reader(void);
void report_send(enum report_kind kind, pid_t pid);
void report_send_value(enum report_kind kind, int64_t value);
_Noreturn void cannot(const char *format, ...) __attribute__((format(printf, 1, 2)));

// body.c: the victim from its first instruction on.
_Noreturn void body_main(const struct options *options);
_Noreturn void body_sleep(void);

// memory.c
void memory_prepare(const struct options *options);
void memory_settle(void);  // Makes the kernel see all of it.
void memory_take(size_t bytes);  // Private and filled, for a child.
// What --anon made; they return how long it took, in nanoseconds.
int64_t memory_unmap(void);
int64_t memory_page_out(void);
void memory_fill(char *start, size_t size);
int memory_open_file(void);  // Unlinked, and not in memory.

// pin.c: memory that the kernel holds until the last of the victim has gone.
void pin_hold(char *start, size_t size);

// areas.c: areas of many kinds side by side.
#define AREA_KINDS "arnlspfFSudx"
struct area {
  char kind;
  size_t pages;
};
bool areas_parse_next(const char **text, struct area *area);  // Leaves the text at the comma, or at its end.
void areas_prepare(const char *areas, bool has_churn);
void areas_open_holes(bool has_churn);  // After it nothing may be mapped any more: it would lie in one.

// churn.c: areas that come and go.
enum { CHURN_BYTES = 4 << 20 };
void churn_prepare(char *start);
void churn_begin(void);

// grow.c: memory that is taken step by step.
void grow_begin(size_t bytes_per_second, size_t bytes);

// family.c: other processes that the victim makes.
bool family_open_bomb(void);
void family_count_reaped(void);
void family_fork_children(const struct options *options);
void family_prepare_sharer(void);
void family_share(enum share_mode share);
_Noreturn void family_bomb(int bound);

// robust.c: mutexes that the victim shares with the waiter.
struct mutex_counts {
  int ok, recovered, lost;
};
bool robust_open(int count);
_Noreturn void robust_wait(void);
int robust_descriptor(void);
void robust_ask_waiter(void);
bool robust_receive(struct mutex_counts *counts);
void robust_leave(void);
void robust_enter(enum robust_mode mode, int thread, int threads);
_Noreturn void robust_spin(int thread);

// tracer.c: holds every thread of the victim at the beginning of its exit.
bool tracer_seize(pid_t victim);
void tracer_handle_stop(pid_t tid, int status);
bool tracer_forget(pid_t tid);
bool tracer_holds(pid_t tid);
void tracer_let_go(void);
int tracer_hold_for(pid_t victim, int milliseconds);  // Returns the milliseconds until it has to be called again, or -1.

// halt.c: a victim that is stopped, by a signal or by its tracer.
bool halt_ask(pid_t victim, bool is_traced);  // Only the first call does anything.
void halt_note(void);                         // A stop of the victim has been waited for.
bool halt_is_done(void);

// stuck.c: a victim that never lets go of its mmap_lock.
bool stuck_open(void);
int stuck_descriptor(void);
void stuck_serve(void);
void stuck_release(void);
void stuck_forget_root(void);
bool stuck_is_in(long call, pid_t pid, pid_t tid);  // Whether the thread waits in it, uninterruptibly.
void stuck_enter(void);

// filesystem.c: a victim that waits in a write to a frozen file system.
const char *filesystem_open(void);  // NULL, or why there is none.
bool filesystem_freeze(void);
void filesystem_thaw(void);
_Noreturn void filesystem_enter(void);

// group.c: a control group for the victim.
void group_name(enum group_mode mode, const char *folder);
const char *group_path(void);
const char *group_make(void);  // NULL, or why it cannot be made.
bool group_add(pid_t pid);
bool group_apply(bool is_busy);  // Freezes it, or limits its CPU time; who is busy is throttled from then on.
void group_lift(void);
bool group_remove(void);  // False if somebody is still in it.

// starvation.c: a victim that gets no CPU.
bool starvation_begin(pid_t victim, void (*become_child)(void));
bool starvation_forget(pid_t pid);
enum { SPINNERS = 2 };  // So that neither runs out of its slice unopposed.
const pid_t *starvation_spinners(void);

// janitor.c: undoes what group.c and filesystem.c did, however the starter ends.
bool janitor_start(void);
bool janitor_forget(pid_t pid);
void janitor_leave(void);    // In a child, which is none of its business.
void janitor_dismiss(void);  // It may begin; everybody has to die next.
void janitor_replace(void);  // Everybody is dead.

#endif
