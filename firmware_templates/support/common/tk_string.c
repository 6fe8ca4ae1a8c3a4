/* SPDX-License-Identifier: 0BSD
 * The string functions that compilers call by themselves, for toolchains without a C library. They copy words where
 * the addresses allow it, or everywhere if the core reads and writes unaligned words. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);

/* Without this the compiler would recognise the loops below and call the very functions they are in. */
#if defined(__clang__)
#define LOOPS_STAY_LOOPS __attribute__((no_builtin))
#else
#define LOOPS_STAY_LOOPS __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

/* A word at any address, of anything. */
#ifdef __ARM_FEATURE_UNALIGNED
typedef struct __attribute__((packed, may_alias)) {
    uint32_t value;
} word;
#define WORDS(a, b) ((void)(a), (void)(b), 1)
#else
typedef struct __attribute__((may_alias)) {
    uint32_t value;
} word;
#define WORDS(a, b) ((((uintptr_t)(a) ^ (uintptr_t)(b)) & 3u) == 0)
#endif

/* Right also where the ranges overlap and `d` lies below `s`. */
LOOPS_STAY_LOOPS static void copy_forwards(uint8_t *d, const uint8_t *s, size_t size)
{
    if (size >= 8 && WORDS(d, s)) {
        for (; ((uintptr_t)d & 3u) != 0; size--)
            *d++ = *s++;
        for (; size >= 16; size -= 16, d += 16, s += 16) {
            const word a = ((const word *)s)[0], b = ((const word *)s)[1];
            const word e = ((const word *)s)[2], f = ((const word *)s)[3];

            ((word *)d)[0] = a;
            ((word *)d)[1] = b;
            ((word *)d)[2] = e;
            ((word *)d)[3] = f;
        }
        for (; size >= 4; size -= 4, d += 4, s += 4) {
            const word a = *(const word *)s;

            *(word *)d = a;
        }
    }
    for (; size != 0; size--)
        *d++ = *s++;
}

LOOPS_STAY_LOOPS void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_forwards(to, from, size);
    return to;
}

LOOPS_STAY_LOOPS void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((uintptr_t)d - (uintptr_t)s >= size) { /* `to` is not inside what is still to be read */
        copy_forwards(d, s, size);
        return to;
    }
    d += size;
    s += size;
    if (size >= 8 && WORDS(d, s)) {
        for (; ((uintptr_t)d & 3u) != 0; size--)
            *--d = *--s;
        for (; size >= 4; size -= 4) {
            d -= 4;
            s -= 4;
            const word a = *(const word *)s;
            *(word *)d = a;
        }
    }
    for (; size != 0; size--)
        *--d = *--s;
    return to;
}

LOOPS_STAY_LOOPS void *memset(void *to, int byte, size_t size)
{
    uint8_t *d = to;

    if (size >= 8) {
        const word w = {(uint32_t)(uint8_t)byte * 0x01010101u};

        for (; ((uintptr_t)d & 3u) != 0; size--)
            *d++ = (uint8_t)byte;
        for (; size >= 4; size -= 4, d += 4)
            *(word *)d = w;
    }
    for (; size != 0; size--)
        *d++ = (uint8_t)byte;
    return to;
}

LOOPS_STAY_LOOPS int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;

    for (; size != 0; size--, a++, b++) {
        if (*a != *b)
            return *a - *b;
    }
    return 0;
}

LOOPS_STAY_LOOPS size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

LOOPS_STAY_LOOPS int strcmp(const char *left, const char *right)
{
    for (; *left != '\0' && *left == *right; left++, right++) {
    }
    return (uint8_t)*left - (uint8_t)*right;
}
