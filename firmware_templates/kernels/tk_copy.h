/* SPDX-License-Identifier: 0BSD
 * Short runs of bytes, as windows gather them. */
#ifndef TK_COPY_H
#define TK_COPY_H

#include <stdint.h>

#include "tk_dsp.h"

/** Copies `count` bytes, by words as far as they go. */
static __attribute__((noinline)) void tk_copy(int8_t *to, const int8_t *from, int count)
{
    for (; count >= 4; count -= 4, from += 4, to += 4) {
        tk_store4(to, tk_load4(from));
        __asm__("" : "+r"(from), "+r"(to)); /* a plain loop: runs are too short for whatever a compiler makes of it */
    }
    for (; count > 0; --count) {
        *to++ = *from++;
        __asm__("" : "+r"(from), "+r"(to));
    }
}
#endif
