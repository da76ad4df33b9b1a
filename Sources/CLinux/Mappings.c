#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

// struct procmap_query of linux/fs.h, which headers before 6.11 do not have. Build ids are not wanted.
struct procmap_query_v1 {
  uint64_t size, query_flags, query_addr;
  uint64_t vma_start, vma_end, vma_flags, vma_page_size;
  uint64_t file[3];
  uint32_t vma_name_size, build_id_size;
  uint64_t vma_name_addr, build_id_addr;
};

#define PROCMAP_QUERY_V1 _IOWR('f', 17, struct procmap_query_v1)
#define COVERING_OR_NEXT_VMA 0x10

long clinux_madvise_nothing(int32_t advice) { return clinux_result(madvise(NULL, 0, advice)); }

long clinux_procmap_query(int32_t maps, uint64_t address, struct clinux_area *area, char *name, uint32_t capacity) {
  _Static_assert(sizeof(struct procmap_query_v1) == 104, "the number of the ioctl holds the size");
  struct procmap_query_v1 query;
  memset(&query, 0, sizeof query);
  query.size = sizeof query;
  query.query_flags = COVERING_OR_NEXT_VMA;
  query.query_addr = address;
  query.vma_name_addr = (uint64_t)(uintptr_t)name;
  query.vma_name_size = name ? capacity : 0;
  if (ioctl(maps, PROCMAP_QUERY_V1, &query) < 0) return clinux_failure();
  *area = (struct clinux_area){.base = query.vma_start,
                               .end = query.vma_end,
                               .page_bytes = query.vma_page_size,
                               .flags = (uint32_t)query.vma_flags};
  // The kernel writes no zero into a buffer for a mapping that has no name.
  return name ? (long)query.vma_name_size : 0;
}
