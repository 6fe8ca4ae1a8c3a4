/* SPDX-License-Identifier: 0BSD */
#include "tk_lut.h"

void tk_lut_row_s8(const tk_lut *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int8_t *const f = p->table + 128;
    const int8_t *const in = rows[0] + x0 * p->channels;
    const int count = (x1 - x0) * p->channels;
    for (int i = 0; i < count; ++i)
        out[i] = f[in[i]];
}
