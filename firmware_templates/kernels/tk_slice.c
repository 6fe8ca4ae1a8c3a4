/* SPDX-License-Identifier: 0BSD */
#include "tk_slice.h"

#include <string.h>

void tk_slice_row_bytes(const tk_slice_row *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0] + p->first + x0 * p->pixel_stride;
    const int32_t pixel = p->channels * p->element;
    const int together = p->stride == p->element;
    if (together && p->pixel_stride == pixel) {
        memcpy(out, in, (size_t)((x1 - x0) * pixel));
        return;
    }
    const int32_t run = together ? pixel : p->element;
    for (int x = x0; x < x1; ++x, in += p->pixel_stride)
        for (int32_t c = 0; c < (together ? 1 : p->channels); ++c, out += run)
            memcpy(out, in + c * p->stride, (size_t)run);
}

void tk_slice_bytes(const tk_slice *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *const in = inputs[0] + p->first;
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                for (int32_t l = 0; l < p->count[3]; ++l)
                    for (int32_t m = 0; m < p->count[4]; ++m, out += p->run)
                        memcpy(out, in + i * p->stride[0] + j * p->stride[1] + k * p->stride[2] + l * p->stride[3]
                                        + m * p->stride[4],
                               (size_t)p->run);
}
