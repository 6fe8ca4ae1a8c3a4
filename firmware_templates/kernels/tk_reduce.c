/* SPDX-License-Identifier: 0BSD */
#include "tk_reduce.h"

#include "tk_dot.h"
#include "tk_math.h"

static void add_pixels(const int8_t *in, int count, int channels, int32_t *sums)
{
    for (const int8_t *const end = in + count; in != end; in += channels)
        for (int c = 0; c < channels; ++c)
            sums[c] += in[c];
}

void tk_mean_reduce_s8_add(const tk_mean_reduce *p, const int8_t *in, int first, int count, int32_t *sums)
{
    (void)first;
    add_pixels(in, count, p->channels, sums);
}

void tk_mean_reduce_s8_finish(const tk_mean_reduce *p, const int32_t *sums, int8_t *out)
{
    for (int c = 0; c < p->channels; ++c)
        out[c] = tk_requantise_s8(sums[c] - p->offset, p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
}

void tk_average_reduce_s8_add(const tk_average_reduce *p, const int8_t *in, int first, int count, int32_t *sums)
{
    (void)first;
    add_pixels(in, count, p->channels, sums);
}

void tk_average_reduce_s8_finish(const tk_average_reduce *p, const int32_t *sums, int8_t *out)
{
    const int32_t half = p->count / 2;
    for (int c = 0; c < p->channels; ++c) {
        const int32_t mean = (sums[c] > 0 ? sums[c] + half : sums[c] - half) / p->count;
        out[c] = (int8_t)tk_clamp(mean, p->low, p->high);
    }
}

void tk_dense_reduce_s8_add(const tk_dense_reduce *p, const int8_t *in, int first, int count, int32_t *sums)
{
    const int8_t *w = p->weights + first;
    int32_t c = 0;
    for (; c + 1 < p->outputs; c += 2, w += 2 * p->inputs) {
        const tk_sums start = { sums[c], sums[c + 1], 0, 0 };
        const tk_sums s = tk_dot(in, in, w, w + p->inputs, count, 0, 1, start);
        sums[c] = s.au;
        sums[c + 1] = s.av;
    }
    if (c < p->outputs) {
        const tk_sums start = { sums[c], 0, 0, 0 };
        sums[c] = tk_dot(in, in, w, w, count, 0, 1, start).au;
    }
}

void tk_dense_reduce_s8_finish(const tk_dense_reduce *p, const int32_t *sums, int8_t *out)
{
    for (int c = 0; c < p->outputs; ++c)
        out[c] = tk_channel_output(&p->channels, c, sums[c] + p->bias[c]);
}
