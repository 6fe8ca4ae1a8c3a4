/* SPDX-License-Identifier: 0BSD
 * The part of <string.h> that tk_string.c brings, for toolchains without a C library. */
#ifndef TK_STRING_H
#define TK_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
int strcmp(const char *left, const char *right);
size_t strlen(const char *text);

/* Freestanding compilers take these for functions like any other; as built-ins, small copies become loads and stores. */
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memmove(to, from, size) __builtin_memmove(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)

#endif
