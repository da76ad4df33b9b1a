// What Embedded Swift asks of libc and musl does not have.
#include <stddef.h>
#include <sys/random.h>

#ifndef __GLIBC__
// Every Swift enum without payloads is Hashable, and a Hasher is seeded by this call. Nothing in the core hashes, but the
// linker wants the symbol.
void arc4random_buf(void *buffer, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t got = getrandom((char *)buffer + done, bytes - done, 0);
    if (got > 0) done += (size_t)got;
  }
}
#endif
