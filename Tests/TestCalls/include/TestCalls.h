// Calls that tests make, and that libc's module lacks.
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <stddef.h>

// 0, or the error's number.
int testcalls_set_attribute(const char *_Nonnull path, const char *_Nonnull name, const char *_Nonnull value,
                            size_t count);

#endif
