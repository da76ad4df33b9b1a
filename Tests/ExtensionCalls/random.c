#include "ExtensionCalls.h"
#include "internal.h"

#include <string.h>

#define PAGE 4096u
#define COUNT(array) (sizeof(array) / sizeof *(array))
// One more than a vector may have.
enum { MOST_ELEMENTS = 1025 };

struct element {
  uint64_t base, length;
};
static struct element elements[MOST_ELEMENTS];

static uint64_t below(uint64_t *state, uint64_t limit) { return extension_next_random(state) % limit; }

static uint64_t any_address(struct extension_random *random) {
  uint64_t base = below(&random->state, 2) ? random->living_base : random->dying_base;
  uint64_t address = base + below(&random->state, 141) * PAGE;
  const uint64_t choices[] = {address, address, address, address, address + 1, 0, PAGE, UINT64_MAX, UINT64_MAX - 4095,
                              0x7ffffffff000, 0x800000000000, 0xffff800000000000, extension_next_random(&random->state)};
  return choices[below(&random->state, COUNT(choices))];
}

static uint64_t any_length(struct extension_random *random) {
  uint64_t pages = below(&random->state, 71);
  const uint64_t choices[] = {pages * PAGE, pages * PAGE, pages, 0, UINT64_MAX, UINT64_MAX - 4095, 1ull << 31, 1ull << 63,
                              extension_next_random(&random->state)};
  return choices[below(&random->state, COUNT(choices))];
}

static int32_t any_advice(struct extension_random *random) {
  const int32_t choices[] = {4, 4, 4, 24, 24, 20, 20, 21, 3, 25, 0, 8, 9, 22, 100, -1,
                             (int32_t)extension_next_random(&random->state)};
  return choices[below(&random->state, COUNT(choices))];
}

static uint32_t any_flags(struct extension_random *random) {
  const uint32_t choices[] = {0x1,     0x1,     0x10001, 0x10001, 0x20001, 0x20001, 0x30001, 0x30001, 0, 0x40000,
                              0x10000, 0x20000, 0x50001, 1u << below(&random->state, 32),
                              (uint32_t)extension_next_random(&random->state)};
  return choices[below(&random->state, COUNT(choices))];
}

static int is_documented(long answer) {
  const int errors[] = {EINVAL, EBADF, ESRCH, EFAULT, ENOMEM, EAGAIN, EACCES, EPERM, EBUSY};
  if (answer >= 0) return 1;
  for (size_t index = 0; index < COUNT(errors); index++)
    if (answer == -errors[index]) return 1;
  return 0;
}

static void make_one(struct extension_random *random) {
  const uint64_t some[] = {0, 1, 1, 2, 2, 2, 3, 8};
  uint64_t filled = some[below(&random->state, COUNT(some))];
  memset(elements, 0, 8 * sizeof *elements);
  for (uint64_t index = 0; index < filled; index++)
    elements[index] = (struct element){any_address(random), any_length(random)};
  uint64_t own = (uint64_t)(uintptr_t)elements;
  const uint64_t vectors[] = {own, own, own, own, own, own, 0, 8, UINT64_MAX, 0xffff800000000000, 1ull << 46};
  const uint64_t counts[] = {filled, filled, filled, filled, 0, 1, 2, 1024, 1025, UINT64_MAX};
  const int32_t descriptors[] = {random->living, random->living, random->dying,    random->dying, random->dying,
                                 -1,             INT32_MAX,      random->no_pidfd, 9999};
  uint64_t vector = vectors[below(&random->state, COUNT(vectors))];
  uint64_t count = counts[below(&random->state, COUNT(counts))];
  int32_t pidfd = descriptors[below(&random->state, COUNT(descriptors))];
  int32_t advice = any_advice(random);
  uint32_t flags = any_flags(random);
  long answer = extension_call(pidfd, vector, count, advice, flags);
  if (is_documented(answer) || random->undocumented++) return;
  random->pidfd = pidfd;
  random->advice = advice;
  random->flags = flags;
  random->vector = vector;
  random->count = count;
  random->answer = answer;
  memcpy(random->elements, elements, sizeof random->elements);
}

void extension_random_calls(struct extension_random *random, int64_t count) {
  for (int64_t made = 0; made < count; made++) make_one(random);
}
