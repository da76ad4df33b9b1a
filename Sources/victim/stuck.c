// A victim that is stuck in the kernel while it holds its mmap_lock for writing.
//
// The starter serves a FUSE file system with one file of one page, and never answers a read of it. A read-ahead by the
// victim leaves that page locked in the page cache. A second open of the file is answered with FOPEN_DIRECT_IO, and
// mmap of such a file first drops the cached pages (fuse_file_mmap, invalidate_inode_pages2): it waits for the page,
// in state D and with mmap_lock held for writing, until the starter closes the FUSE descriptor. That comes with the
// starter's death too, and so does the end of the file system, which is mounted nowhere.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILE_NODE = 2, FILE_BYTES = 4096 };

static int fuse = -1;
static int root = -1;
static int open_count;

bool stuck_open(void) {
  fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  int context = fsopen("fuse", FSOPEN_CLOEXEC);
  if (fuse < 0 || context < 0) return false;
  char number[12], user[12], group[12];
  snprintf(number, sizeof number, "%d", fuse);
  snprintf(user, sizeof user, "%u", geteuid());
  snprintf(group, sizeof group, "%u", getegid());
  bool configured = fsconfig(context, FSCONFIG_SET_STRING, "fd", number, 0) == 0 &&
                    fsconfig(context, FSCONFIG_SET_STRING, "rootmode", "40000", 0) == 0 &&
                    fsconfig(context, FSCONFIG_SET_STRING, "user_id", user, 0) == 0 &&
                    fsconfig(context, FSCONFIG_SET_STRING, "group_id", group, 0) == 0 &&
                    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
  if (configured) root = fsmount(context, FSMOUNT_CLOEXEC, 0);
  close(context);
  return root >= 0;
}

int stuck_descriptor(void) { return fuse; }

void stuck_forget_root(void) {
  if (root >= 0) close(root);
  root = -1;
}

void stuck_release(void) {
  if (fuse >= 0) close(fuse);
  fuse = -1;
}

static void answer(uint64_t request, int error, void *body, size_t size) {
  struct fuse_out_header header = {.len = (uint32_t)(sizeof header + size), .error = -error, .unique = request};
  struct iovec parts[] = {{&header, sizeof header}, {body, size}};
  // A request whose process was killed meanwhile is gone, and the answer then fails with ENOENT.
  if (writev(fuse, parts, 2) < 0) return;
}

static struct fuse_attr attributes_of(uint64_t node) {
  bool is_file = node == FILE_NODE;
  return (struct fuse_attr){.ino = node,
                            .size = is_file ? FILE_BYTES : 0,
                            .mode = is_file ? S_IFREG | 0444 : S_IFDIR | 0555,
                            .nlink = 1,
                            .blksize = FILE_BYTES};
}

static void serve_init(const struct fuse_in_header *header, const struct fuse_init_in *init) {
  // Without FUSE_ASYNC_READ the read-ahead itself would wait for the answer.
  struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                              .minor = FUSE_KERNEL_MINOR_VERSION,
                              .max_readahead = init->max_readahead,
                              .flags = FUSE_ASYNC_READ & init->flags,
                              .max_write = FILE_BYTES};
  answer(header->unique, 0, &out, sizeof out);
}

static void serve_open(const struct fuse_in_header *header) {
  open_count++;
  // Without FOPEN_KEEP_CACHE it would already be the second open that waits for the page.
  struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE | (open_count > 1 ? FOPEN_DIRECT_IO : 0)};
  answer(header->unique, 0, &out, sizeof out);
}

void stuck_serve(void) {
  // The kernel refuses to hand requests to a smaller buffer.
  static _Alignas(8) char buffer[FUSE_MIN_READ_BUFFER];
  ssize_t size;
  while ((size = read(fuse, buffer, sizeof buffer)) >= (ssize_t)sizeof(struct fuse_in_header)) {
    const struct fuse_in_header *header = (const void *)buffer;
    switch (header->opcode) {
      case FUSE_INIT:
        serve_init(header, (const void *)(header + 1));
        break;
      case FUSE_LOOKUP: {
        struct fuse_entry_out out = {.nodeid = FILE_NODE, .entry_valid = 3600, .attr_valid = 3600};
        out.attr = attributes_of(FILE_NODE);
        answer(header->unique, 0, &out, sizeof out);
        break;
      }
      case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr_valid = 3600, .attr = attributes_of(header->nodeid)};
        answer(header->unique, 0, &out, sizeof out);
        break;
      }
      case FUSE_OPEN:
        serve_open(header);
        break;
      case FUSE_READ:
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        break;
      case FUSE_RELEASE:
        answer(header->unique, 0, NULL, 0);
        break;
      default:
        answer(header->unique, ENOSYS, NULL, 0);
        break;
    }
  }
  // The file system is gone, and poll would report that for ever.
  if (size < 0 && errno == ENODEV) stuck_release();
}

bool stuck_is_in(long wanted, pid_t pid, pid_t tid) {
  char path[64], state = '?';
  long call = -1;
  snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
  FILE *file = fopen(path, "re");
  char line[128];
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "State: %c", &state) == 1) break;
  if (file) fclose(file);
  snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
  file = fopen(path, "re");
  if (file && fscanf(file, "%ld", &call) != 1) call = -1;
  if (file) fclose(file);
  return state == 'D' && call == wanted;
}

static sem_t has_tid;
static pid_t stuck_tid;
static int direct_file;

static void *stuck_main(void *argument) {
  (void)argument;
  stuck_tid = gettid();
  sem_post(&has_tid);
  mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, direct_file, 0);
  body_sleep();
}

// The victim's last step, because from then on nothing in it can map memory any more.
void stuck_enter(void) {
  int cached_file = openat(root, "page", O_RDONLY | O_CLOEXEC);
  if (cached_file < 0) cannot("open of the FUSE file: %s", strerror(errno));
  int error = posix_fadvise(cached_file, 0, FILE_BYTES, POSIX_FADV_WILLNEED);
  if (error) cannot("read-ahead of the FUSE file: %s", strerror(error));
  direct_file = openat(root, "page", O_RDONLY | O_CLOEXEC);
  if (direct_file < 0) cannot("second open of the FUSE file: %s", strerror(errno));
  stuck_forget_root();
  sem_init(&has_tid, 0, 0);
  pthread_t handle;
  error = pthread_create(&handle, NULL, stuck_main, NULL);
  if (error) cannot("start of the stuck thread: %s", strerror(error));
  while (sem_wait(&has_tid) < 0) continue;
  report_send(REPORT_STUCK, stuck_tid);
}
