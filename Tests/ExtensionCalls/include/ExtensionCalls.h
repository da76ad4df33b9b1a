// What the tests of the kernel extension need beside the calls of Scythe itself: malformed calls, other callers, victims in
// states that only C can make, and the module.
//
// Every function that returns a long returns what the kernel says, errors negated.
#ifndef EXTENSION_CALLS_H
#define EXTENSION_CALLS_H

#include <stddef.h>
#include <stdint.h>

// process_madvise as it is, whatever it is given.
long extension_call(int32_t pidfd, uint64_t vector, uint64_t count, int32_t advice, uint32_t flags);

// The same by a child of the caller that is somebody else; what a signal ends says -ENOSYS.
enum extension_caller {
  // By the entry for 32-bit programs. The vector must lie below 4 GiB.
  EXTENSION_CALLER_32_BIT,
  // As nobody, without a right.
  EXTENSION_CALLER_NOBODY,
  // As root without CAP_SYS_NICE.
  EXTENSION_CALLER_NOT_NICE,
};
long extension_call_as(enum extension_caller caller, int32_t pidfd, uint64_t vector, uint64_t count, int32_t advice,
                       uint32_t flags);
// Memory below 4 GiB, zero; 0 if there is none.
uint64_t extension_map_low(size_t bytes);
void extension_unmap(uint64_t address, size_t bytes);

// Makes a process with a second thread, lets its first one call execve, which waits for the other one to die, and has that
// one held in its exit. Then makes a whole-process call about it, and ends it. -ENOTRECOVERABLE if it does not come so far.
long extension_call_during_execve(const char *_Nonnull program, int32_t advice);

// Kills children that have touched `bytes` each, and calls about them as they exit, after a wait that the seed gives.
struct extension_race {
  int64_t released, gone, refused, other;
};
long extension_race_exits(int32_t rounds, uint64_t seed, size_t bytes, int32_t advice,
                          struct extension_race *_Nonnull counts);

// Makes random calls, most of which are nearly right, about a process that lives and one that is dying, and descriptors that
// are none of a process. Both processes have at least 140 pages of areas and holes from their bases on.
struct extension_random {
  // In: the state of the generator; and out, so that the next calls are others.
  uint64_t state;
  int32_t living, dying, no_pidfd;
  uint64_t living_base, dying_base;
  // Out: how many answers were none that is documented, and the first such call.
  int64_t undocumented;
  int32_t pidfd, advice;
  uint32_t flags;
  uint64_t vector, count, elements[4];
  int64_t answer;
};
void extension_random_calls(struct extension_random *_Nonnull random, int64_t count);

// A child that waits for a signal, whose robust list has one entry on each of so many pages of its own, each with a futex
// word that it holds. The list may lead in a circle or to where nothing is instead.
enum extension_list { EXTENSION_LIST_WHOLE, EXTENSION_LIST_CIRCLE, EXTENSION_LIST_BROKEN };
struct extension_list_victim {
  int32_t pid;
  // The futex words, shared with the caller, one on each page; the pages of the list follow `private_base` in the child.
  uint64_t words, private_base;
};
long extension_start_list_victim(enum extension_list kind, int32_t pages,
                                 struct extension_list_victim *_Nonnull victim);
// Reaps it, and counts the words that say that the owner died.
long extension_count_dead_owners(const struct extension_list_victim *_Nonnull victim, int32_t pages);

// The module, by its file and its name. Unloading never waits.
long extension_load(const char *_Nonnull path);
long extension_unload(const char *_Nonnull name);

// Memory of this process in which a touch waits until it is told to go on, by userfaultfd.
struct extension_trap {
  int32_t fd;
  uint64_t page;
};
long extension_set_trap(struct extension_trap *_Nonnull trap);
// Waits for somebody to touch it: 1, or 0 when the time is over.
long extension_wait_for_trapped(const struct extension_trap *_Nonnull trap, int32_t timeout_ms);
void extension_open_trap(const struct extension_trap *_Nonnull trap);

// The kernel's messages from now on.
long extension_open_log(void);
// The next one, its text cut to `capacity`; 0 if there is none.
long extension_read_log(int32_t fd, char *_Nonnull text, size_t capacity);

#endif
