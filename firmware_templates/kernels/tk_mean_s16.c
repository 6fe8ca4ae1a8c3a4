/* SPDX-License-Identifier: 0BSD */
#include "tk_mean_s16.h"

#include "tk_int16.h"

static int16_t mean(const tk_mean_s16 *p, const int16_t *in)
{
    int32_t sum = 0;
    for (int i = 0; i < p->reduced[0]; ++i)
        for (int j = 0; j < p->reduced[1]; ++j)
            for (int k = 0; k < p->reduced[2]; ++k)
                sum += in[i * p->reduced_stride[0] + j * p->reduced_stride[1] + k * p->reduced_stride[2]];
    return (int16_t)tk_clamp(tk_requantise(sum, p->multiplier, p->shift), INT16_MIN, INT16_MAX);
}

void tk_mean_whole_s16(const tk_mean_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int16_t *const in = tk_in16(inputs[0]);
    int16_t *to = tk_out16(out);
    for (int i = 0; i < p->kept[0]; ++i)
        for (int j = 0; j < p->kept[1]; ++j)
            for (int k = 0; k < p->kept[2]; ++k)
                *to++ = mean(p, in + i * p->kept_stride[0] + j * p->kept_stride[1] + k * p->kept_stride[2]);
}
