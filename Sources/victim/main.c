// scythe-victim: makes a real process to be killed, for tests, demonstrations and measurements.
//
// USE
//
//   scythe-victim [OPTIONS]
//
// The process that is started is the starter. It makes the victim, prints one line, and lives until its stdin ends:
//
//   ready PID starter=PID [children=PID,PID,...] [sharer=PID] [waiter=PID] [stuck=TID] [unmap=NS] [pageout=NS]
//         [areas=HEX] [churn=HEX] [spinners=PID,PID] [group=PATH]
//
// The first PID is the victim's, the one to be killed. With --held the second field is `holder=PID`. The starter is
// the victim's parent, has next to no memory, and never shares the victim's. When stdin ends, when it gets SIGTERM,
// SIGINT or SIGHUP, or when stdout has no reader, it ends all that it started, in whatever state that is, and exits 0.
// If it is killed itself, the kernel ends them (lifeline.c). Without a stdin (descriptor 0 closed) it lives until its
// parent's thread that started it ends. If a pipe on stdin is hung up before the line is out, there is no line.
//
// Exit 64 and one line on stderr: the options make no sense. Exit 69 and a line `cannot: REASON` on stdout instead of
// the ready line: the machine or its rights do not allow it.
//
// COMMANDS, one byte each on stdin, answered by one line each on stdout; newlines are ignored
//
//   w  waits for the victim's death: `exited STATUS`, the raw status of wait(2), once it is dead and reaped.
//   x  the same, and before that a --held victim may go on dying. It goes on living if nobody has killed it.
//   r  `rss KIB`: RssAnon of the victim; `rss gone` if it has none any more, so also for a zombie.
//   m  the waiter tries each mutex of --robust for 2 s: `mutex ok=A recovered=B lost=C`. `ok` was free, `recovered`
//      was marked by the kernel as that of a dead owner (EOWNERDEAD) and has been made usable, `lost` timed out.
//      Without --robust all are 0.
//   u  ends the stuck state of --mmap-lock and --frozen-write. No answer.
//
// Between a command and its answer other commands are served.
//
// MEMORY, made and filled with data before the ready line; sizes are 4096, 64K, 64M or 1G, and options add up
//
//   --anon SIZE           private anonymous, in 4 KiB pages
//   --thp                 the same in transparent huge pages; the size is rounded up to 2 MiB
//   --vmas N              splits it into N VMAs, every second of which is read-only in the end
//   --locked              and locks it
//   --unmap               and gives it back by one munmap, which the ready line times: what a release is compared with
//   --pageout-self        and advises it by one madvise(MADV_PAGEOUT), which the ready line times (`pageout=`)
//   --shared SIZE         shared anonymous
//   --memfd-private SIZE  private mapping of a memfd, all written: the memfd keeps as much again in shared memory
//   --file SIZE           private mapping, only read, of an unlinked file in $TMPDIR or /var/tmp
//   --hugetlb SIZE        private, from the pool of 2 MiB pages
//   --prot-none SIZE      private anonymous, filled and then made inaccessible
//   --pinned SIZE         private anonymous, registered as buffers of an io_uring: the pages stay in memory, whatever
//                         unmaps or advises them, until the victim and its sharers have ended, and then for a moment
//                         more. Without CAP_IPC_LOCK, RLIMIT_MEMLOCK bounds it. VmPin need not show it (seen on 7.2).
//   --areas SPEC          areas directly behind each other, such as a16,x4,l8: a kind and a number of pages each, at
//                         most 60000 areas and 2^22 pages. `areas=` is the address of the first page. Before and
//                         behind them at least 16 pages are unmapped. Huge pages are kept away. The kinds:
//                           a  private anonymous               s  shared anonymous
//                           r  the same, and then read-only    p  private mapping of a memfd, all written
//                           n  the same, and inaccessible      f  private mapping of a file, clean and read in
//                           l  the same as a, and locked       F  shared mapping of such a file
//                           u  the same as a, registered with  S  secret memory (memfd_secret)
//                              userfaultfd for missing pages   x  none: unmapped
//                           d  a device's (VM_PFNMAP), not touched: rings of perf_event_open on newer kernels (seen on
//                              6.18 and 7.2, not on 6.12), else the firmware of a PC, which needs root and /dev/mem
//                         Neighbours of one kind are one VMA or several, as the kernel has it.
//
// BEHAVIOUR
//
//   --threads N              N threads in all; the others sleep on stacks of 64 KiB
//   --comm NAME              name of the main thread, at most 15 bytes
//   --oom-score-adj N        of the victim; its children keep the starter's
//   --ignore-term            ignores SIGTERM
//   --exit-on-term-after MS  exits 0 that long after a SIGTERM
//   --exit-after MS          exits 0 that long after it got ready. A vfork parent and a traced victim do so only if they have
//                            more threads, and a stopped one only after SIGCONT.
//   --spin                   the main thread computes
//   --churn                  one more thread maps, splits and unmaps areas in a region of 4 MiB all the time (`churn=`).
//                            It lies behind that of --areas, if there is one, with at least 16 unmapped pages around.
//   --grow SIZE              one more thread takes so much private memory per second, a hundredth of it every 10 ms; SIZE is
//                            at least 400K
//   --grow-to SIZE           until it has taken so much
//   --zombie                 the starter reaps the victim only on `w` or `x`
//   --fork N                 N idle children of the victim. They outlive it: the starter is a subreaper and gets them.
//   --child-anon SIZE        with as much private memory each
//   --fork-depth D           and a chain of D idle processes below it; these come last in `children=`
//   --fork-bomb N            from then on it forks, and its children fork, up to N processes at a time with the victim
//   --held                   the starter traces the victim, as a holder. Once the victim is killed or exits, all its
//                            threads stop at PTRACE_EVENT_EXIT: dying, with all their memory, until `x`.
//   --held-for MS            the same, and it may go on dying by itself that long after it stopped
//   --share clone-vm         another process shares the victim's memory
//   --share vfork            so does the child of its vfork, for which its main thread waits
//   --robust held            each thread holds a process-shared robust mutex, one for each
//   --robust spin            each thread locks and unlocks its mutex all the time
//   --robust idle            the mutexes exist
//   --robust lastthread      the last thread holds its mutex, the others do not
//   --group FOLDER           in a control group of its own below this one, named on the ready line (`group=`), as its
//                            children are. A janitor process takes it away when the starter ends, however it does; so
//                            also with the next two, of which it undoes the freeze and the quota.
//   --freeze FOLDER          in such a group of the cgroup v1 freezer, or of v2, and frozen. In v1 it does not die of
//                            SIGKILL before the thaw; in v2 it does.
//   --throttle FOLDER        in such a group, and held to a thousandth of one CPU (cpu.max, or cpu.cfs_quota_us in v1);
//                            with --spin it has used that up before the ready line. Killed, such a one waits
//                            for its turn: for 1 to 2 s on 6.18, for more than 3 s on 5.10 to 6.12.
//   --idle                   in the idle class, on one CPU that two spinners keep busy
//   --stopped                stopped by SIGSTOP, with all its threads. Of all signals only SIGKILL and SIGCONT reach it.
//   --traced                 the main thread is in a ptrace-stop of the starter, as under a debugger, and only SIGKILL
//                            ends that; other threads run
//   --frozen-write           the main thread is stuck in state D in a write to a frozen file system: the victim does not
//                            die until `u`. Needs root, a loop device, mkfs.ext4. The janitor thaws.
//   --mmap-lock fuse         one more thread is stuck in the kernel, in state D, with mmap_lock held for writing: the
//                            victim does not die and process_mrelease on it blocks, until `u`. Needs root, /dev/fuse.

#define _GNU_SOURCE
#include "victim.h"

int main(int argc, char **argv) {
  struct options options = options_parse(argc, argv);
  return starter_run(&options);
}
