/* SPDX-License-Identifier: 0BSD */
#include "tk_blocks.h"

#include <string.h>

void tk_space_to_depth_row_s8(const tk_blocks *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int32_t run = p->block * p->channels;
    for (int x = x0; x < x1; ++x)
        for (int32_t k = 0; k < p->block; ++k, out += run)
            memcpy(out, rows[k] + x * run, (size_t)run);
}

void tk_depth_to_space_row_s8(const tk_blocks *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    /* The only row among the last `block` places is the block's; how far back it lies is the row within the block. */
    int32_t back = 0;
    while (!rows[p->block - 1 - back])
        ++back;
    const int8_t *const in = rows[p->block - 1 - back] + back * p->block * p->channels;
    const int32_t pixel = p->block * p->block * p->channels;
    for (int x = x0; x < x1; ++x, out += p->channels)
        memcpy(out, in + x / p->block * pixel + x % p->block * p->channels, (size_t)p->channels);
}
