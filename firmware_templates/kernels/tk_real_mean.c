/* SPDX-License-Identifier: 0BSD */
#include "tk_real_mean.h"

#include "tk_real.h"

static float mean(const tk_real_mean *p, const float *in)
{
    float sum = 0.0f;
    for (int i = 0; i < p->reduced[0]; ++i)
        for (int j = 0; j < p->reduced[1]; ++j)
            for (int k = 0; k < p->reduced[2]; ++k)
                sum += in[i * p->reduced_stride[0] + j * p->reduced_stride[1] + k * p->reduced_stride[2]];
    return sum / p->divisor;
}

void tk_real_mean_f32(const tk_real_mean *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const float *const in = tk_in_f32(inputs[0]);
    float *to = tk_out_f32(out);
    for (int i = 0; i < p->kept[0]; ++i)
        for (int j = 0; j < p->kept[1]; ++j)
            for (int k = 0; k < p->kept[2]; ++k)
                *to++ = mean(p, in + i * p->kept_stride[0] + j * p->kept_stride[1] + k * p->kept_stride[2]);
}
