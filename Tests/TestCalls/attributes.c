#include "TestCalls.h"

#include <errno.h>
#include <sys/xattr.h>

int testcalls_set_attribute(const char *path, const char *name, const char *value, size_t count) {
  return setxattr(path, name, value, count, 0) < 0 ? errno : 0;
}
