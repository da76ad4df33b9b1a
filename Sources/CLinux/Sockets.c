#define _GNU_SOURCE
#include "CScytheLinux.h"
#include "internal.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

long clinux_connect_datagram(const char *address) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  size_t length = strlen(address);
  int is_abstract = address[0] == '@';
  if (address[0] != '/' && !is_abstract) return -EAFNOSUPPORT;
  if (length >= sizeof name.sun_path) return -ENAMETOOLONG;
  memcpy(name.sun_path, address, length);
  // The name of one that is in no folder begins with a zero, and ends where its length says.
  if (is_abstract) name.sun_path[0] = 0;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !is_abstract);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return clinux_failure();
  if (connect(fd, (struct sockaddr *)&name, size) == 0) return fd;
  long error = clinux_failure();
  close(fd);
  return error;
}

long clinux_send_at_once(int32_t fd, const void *bytes, size_t count) {
  return clinux_result(send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}
