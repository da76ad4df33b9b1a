#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

// struct procmap_query of linux/fs.h, which headers before 6.11 do not have. Only the range is wanted.
struct procmap_query_v1 {
  uint64_t size, query_flags, query_addr;
  uint64_t vma_start, vma_end;
  uint64_t rest[8];
};

#define PROCMAP_QUERY_V1 _IOWR('f', 17, struct procmap_query_v1)
#define COVERING_OR_NEXT_VMA 0x10

long clinux_madvise_nothing(int32_t advice) { return clinux_result(madvise(NULL, 0, advice)); }

long clinux_procmap_query(int32_t maps, uint64_t address, struct clinux_range *range) {
  _Static_assert(sizeof(struct procmap_query_v1) == 104, "the number of the ioctl holds the size");
  struct procmap_query_v1 query;
  memset(&query, 0, sizeof query);
  query.size = sizeof query;
  query.query_flags = COVERING_OR_NEXT_VMA;
  query.query_addr = address;
  if (ioctl(maps, PROCMAP_QUERY_V1, &query) < 0) return -errno;
  *range = (struct clinux_range){.base = query.vma_start, .length = query.vma_end - query.vma_start};
  return 0;
}
