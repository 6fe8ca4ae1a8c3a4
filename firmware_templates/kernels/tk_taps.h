/* SPDX-License-Identifier: 0BSD
 * Which part of a transposed convolution's window reaches an output pixel. */
#ifndef TK_TAPS_H
#define TK_TAPS_H

#include <stdint.h>

/** The window's columns that reach an output pixel: `first`, first + stride ..., from input column `from` downwards. */
typedef struct tk_taps {
    int32_t first, from, count;
} tk_taps;

/** Those of output column `at`, counted with the columns cut off in front; `size` is the input's width. */
static inline tk_taps tk_reaching(int32_t at, int32_t stride, int32_t kernel, int32_t size)
{
    tk_taps t = { at % stride, at / stride, 0 };
    if (t.from >= size) {
        t.first += (t.from - size + 1) * stride;
        t.from = size - 1;
    }
    if (t.first < kernel)
        t.count = (kernel - t.first - 1) / stride + 1;
    if (t.count > t.from + 1)
        t.count = t.from + 1;
    return t;
}
#endif
