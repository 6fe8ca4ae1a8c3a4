/* SPDX-License-Identifier: 0BSD */
#include "tk_mean.h"

#include "tk_math.h"
#include "tk_sum.h"

static int8_t mean_of(const tk_mean *p, int32_t sum)
{
    return tk_requantise_s8(sum - p->offset, p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
}

/* The outputs along the innermost kept axis, four neighbours at a time where the axis is contiguous. */
static int8_t *innermost(const tk_mean *p, const int8_t *in, int8_t *out)
{
    const int stride = p->kept_stride[2];
    const int at_once = stride == 1 ? 4 : 1;
    for (int k = 0; k < p->kept[2];) {
        const int wide = k + at_once <= p->kept[2] ? at_once : 1;
        int32_t sums[4] = { 0 };
        for (int i = 0; i < p->reduced[0]; ++i) {
            for (int j = 0; j < p->reduced[1]; ++j) {
                const int8_t *const from = in + k * stride + i * p->reduced_stride[0] + j * p->reduced_stride[1];
                if (wide == 4)
                    tk_sum4(&from, 1, 0, p->reduced[2], p->reduced_stride[2], sums);
                else
                    sums[0] += tk_sum1(&from, 1, 0, p->reduced[2], p->reduced_stride[2]);
            }
        }
        for (int i = 0; i < wide; ++i)
            *out++ = mean_of(p, sums[i]);
        k += wide;
    }
    return out;
}

void tk_mean_s8(const tk_mean *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    for (int i = 0; i < p->kept[0]; ++i)
        for (int j = 0; j < p->kept[1]; ++j)
            out = innermost(p, inputs[0] + i * p->kept_stride[0] + j * p->kept_stride[1], out);
}

void tk_mean_row_s8(const tk_mean_channels *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels, fours = channels / 4;
    for (int x = x0; x < x1; ++x) {
        const int8_t *const pixel = rows[0] + x * channels, *const rest = pixel + 4 * fours;
        int32_t sums[4] = { 0 };
        tk_sum4(&pixel, 1, 0, fours, 4, sums);
        const int32_t sum = sums[0] + sums[1] + sums[2] + sums[3] + tk_sum1(&rest, 1, 0, channels - 4 * fours, 1);
        *out++ = tk_requantise_s8(sum - p->offset, p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
    }
}
