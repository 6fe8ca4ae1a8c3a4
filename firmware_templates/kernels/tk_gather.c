/* SPDX-License-Identifier: 0BSD */
#include "tk_gather.h"

#include <string.h>

void tk_gather_row_bytes(const tk_gather_row *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0];
    for (int32_t k = 1; !in && k < p->rows; ++k)
        in = rows[k];
    for (int x = x0; x < x1; ++x, out += p->run)
        memcpy(out, in + p->columns[x], (size_t)p->run);
}

void tk_gather_bytes(const tk_gather *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                for (int32_t l = 0; l < p->count[3]; ++l, out += p->run)
                    memcpy(out, inputs[0] + p->i[i] + p->j[j] + p->k[k] + p->l[l], (size_t)p->run);
}
