// A file system to be frozen, so that whoever writes to it waits in state D until it is thawed: ext4 on a loop device
// over a memfd, mounted nowhere. Except for the freeze all of it ends with the last descriptor.

#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IMAGE_BYTES = 8 << 20, LOOP_ATTEMPTS = 8 };

static int root = -1;
static int file = -1;

static bool format(int image) {
  pid_t child = fork();
  if (child == 0) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    fcntl(image, F_SETFD, 0);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", image);
    char *environment[] = {"PATH=/usr/sbin:/sbin:/usr/bin:/bin", NULL};
    char *arguments[] = {"mkfs.ext4", "-q", "-F", "-O", "^has_journal", path, NULL};
    execvpe("mkfs.ext4", arguments, environment);
    _exit(127);
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status == 0;
}

// Another program may take the free device first.
static int attach(int image, char *device, size_t size) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  int loop = -1;
  for (int attempt = 0; control >= 0 && loop < 0 && attempt < LOOP_ATTEMPTS; attempt++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) break;
    snprintf(device, size, "/dev/loop%d", number);
    loop = open(device, O_RDWR | O_CLOEXEC);
    struct loop_config config = {.fd = (unsigned)image, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
    if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &config) < 0) {
      close(loop);
      loop = -1;
    }
  }
  if (control >= 0) close(control);
  return loop;
}

static int mount_nowhere(const char *device) {
  int context = fsopen("ext4", FSOPEN_CLOEXEC);
  int mounted = -1;
  if (context >= 0 && fsconfig(context, FSCONFIG_SET_STRING, "source", device, 0) == 0 &&
      fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    mounted = fsmount(context, FSMOUNT_CLOEXEC, 0);
  if (context >= 0) close(context);
  return mounted;
}

const char *filesystem_open(void) {
  char device[32];
  int image = memfd_create("scythe-victim", MFD_CLOEXEC);
  if (image < 0 || ftruncate(image, IMAGE_BYTES) < 0) return "no memory for a file system";
  if (!format(image)) return "no file system can be made; that needs mkfs.ext4";
  int loop = attach(image, device, sizeof device);
  close(image);
  if (loop < 0) return "no loop device can be had; that needs root and /dev/loop-control";
  int mounted = mount_nowhere(device);
  close(loop);
  if (mounted < 0) return "no file system can be mounted; that needs root";
  root = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  file = openat(mounted, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  close(mounted);
  return root >= 0 && file >= 0 ? NULL : "the new file system takes no file";
}

bool filesystem_freeze(void) { return ioctl(root, FIFREEZE, 0) == 0; }

void filesystem_thaw(void) {
  if (root >= 0) ioctl(root, FITHAW, 0);
}

// The victim's last step: this write does not return before the thaw.
_Noreturn void filesystem_enter(void) {
  (void)!write(file, "x", 1);
  body_sleep();
}
