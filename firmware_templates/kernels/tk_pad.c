/* SPDX-License-Identifier: 0BSD */
#include "tk_pad.h"

#include <string.h>

void tk_pad_row_s8(const tk_pad *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int outside = p->before + p->after;
    const int pixel = p->channels + outside;
    memset(out, p->value, (size_t)(x1 - x0) * (size_t)pixel);
    if (!rows[0])
        return;
    const int first = x0 < p->left ? p->left : x0;
    const int end = x1 < p->left + p->width ? x1 : p->left + p->width;
    if (first >= end)
        return;
    const int8_t *in = rows[0] + (first - p->left) * p->channels;
    out += (first - x0) * pixel + p->before;
    /* Without channels around them, the pixels are one run. */
    const int runs = outside ? end - first : 1;
    const int run = outside ? p->channels : (end - first) * p->channels;
    for (int i = 0; i < runs; ++i, in += run, out += pixel)
        memcpy(out, in, (size_t)run);
}

void tk_pad_tensor_s8(const tk_pad_tensor *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *in = inputs[0];
    memset(out, p->value, (size_t)p->bytes);
    out += p->first;
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                for (int32_t l = 0; l < p->count[3]; ++l, in += p->run)
                    memcpy(out + i * p->stride[0] + j * p->stride[1] + k * p->stride[2] + l * p->stride[3], in,
                           (size_t)p->run);
}
