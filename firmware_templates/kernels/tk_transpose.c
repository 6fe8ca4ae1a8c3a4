/* SPDX-License-Identifier: 0BSD */
#include "tk_transpose.h"

#include <string.h>

/* The innermost axis of the output. */
static void copy_run(int8_t *out, const int8_t *in, int32_t count, int32_t stride)
{
    if (stride == 1)
        memcpy(out, in, (size_t)count);
    else
        for (int32_t i = 0; i < count; ++i)
            out[i] = in[i * stride];
}

void tk_transpose_s8(const tk_transpose *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int32_t run = p->count[4];
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                for (int32_t l = 0; l < p->count[3]; ++l, out += run)
                    copy_run(out,
                             inputs[0] + i * p->stride[0] + j * p->stride[1] + k * p->stride[2] + l * p->stride[3],
                             run, p->stride[4]);
}
