/* SPDX-License-Identifier: 0BSD */
#include "tk_depthwise_conv.h"

#include <stdbool.h>

/* Whether there are registers for two pixels at a time. */
#if defined(__thumb__) && !defined(__thumb2__)
#define TK_PAIRS 0
#else
#define TK_PAIRS 1
#endif

/* Which taps of the window at input column `column` lie inside the image. */
static void clip(const tk_depthwise_conv *p, int column, int *k0, int *k1)
{
    *k0 = 0;
    *k1 = p->kernel_width;
    while (*k0 < *k1 && column + *k0 * p->dilation < 0)
        ++*k0;
    while (*k1 > *k0 && column + (*k1 - 1) * p->dilation >= p->in_width)
        --*k1;
}

static bool all_rows(const tk_depthwise_conv *p, const int8_t *const *rows)
{
    bool whole = true;
    for (int ky = 0; ky < p->kernel_height; ++ky)
        whole = whole && rows[ky * p->row_dilation];
    return whole;
}

#if TK_DSP
/* Four channels of one or two pixels: the sums of bytes 0 to 3 are in s and t. */
TK_INLINE void four(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int column, int c, int k0, int k1,
                    const int32_t *bias, int32_t offset, int pixels)
{
    const int depth = p->in_channels, step = p->dilation * depth, next = p->stride * depth;
    const uint32_t offsets = ((uint32_t)offset & 0xffffu) | ((uint32_t)offset << 16);
    int32_t s0 = bias[c], s1 = bias[c + 1], s2 = bias[c + 2], s3 = bias[c + 3];
    int32_t t0 = s0, t1 = s1, t2 = s2, t3 = s3;
    for (int ky = 0; ky < p->kernel_height; ++ky) {
        if (!rows[ky * p->row_dilation])
            continue;
        const int8_t *x = rows[ky * p->row_dilation] + (column + k0 * p->dilation) * depth + c;
        const int8_t *w = p->weights + (ky * p->kernel_width + k0) * depth + c;
        for (int kx = k0; kx < k1; ++kx) {
            const uint32_t ww = tk_load4(w), xw = tk_load4(x);
            const uint32_t we = tk_even(0, ww), wo = tk_odd(0, ww);
            const uint32_t xe = tk_even(offsets, xw), xo = tk_odd(offsets, xw);
            s0 = tk_low_mac(we, xe, s0);
            s2 = tk_high_mac(we, xe, s2);
            s1 = tk_low_mac(wo, xo, s1);
            s3 = tk_high_mac(wo, xo, s3);
            if (pixels == 2) {
                const uint32_t yw = tk_load4(x + next);
                const uint32_t ye = tk_even(offsets, yw), yo = tk_odd(offsets, yw);
                t0 = tk_low_mac(we, ye, t0);
                t2 = tk_high_mac(we, ye, t2);
                t1 = tk_low_mac(wo, yo, t1);
                t3 = tk_high_mac(wo, yo, t3);
            }
            x += step;
            w += depth;
        }
    }
    out[c] = tk_channel_output(&p->channels, c, s0);
    out[c + 1] = tk_channel_output(&p->channels, c + 1, s1);
    out[c + 2] = tk_channel_output(&p->channels, c + 2, s2);
    out[c + 3] = tk_channel_output(&p->channels, c + 3, s3);
    if (pixels == 2) {
        out[depth + c] = tk_channel_output(&p->channels, c, t0);
        out[depth + c + 1] = tk_channel_output(&p->channels, c + 1, t1);
        out[depth + c + 2] = tk_channel_output(&p->channels, c + 2, t2);
        out[depth + c + 3] = tk_channel_output(&p->channels, c + 3, t3);
    }
}
#else
/* Four channels of one or two pixels. */
TK_INLINE void four(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int column, int c, int k0, int k1,
                    const int32_t *bias, int32_t offset, int pixels)
{
    const tk_channels channels = p->channels; /* a copy, because what is written to `out` might change the other */
    const int depth = p->in_channels, step = p->dilation * depth, next = p->stride * depth;
    int32_t s0 = bias[c], s1 = bias[c + 1], s2 = bias[c + 2], s3 = bias[c + 3];
    int32_t t0 = s0, t1 = s1, t2 = s2, t3 = s3;
    for (int ky = 0; ky < p->kernel_height; ++ky) {
        if (!rows[ky * p->row_dilation])
            continue;
        const int8_t *x = rows[ky * p->row_dilation] + (column + k0 * p->dilation) * depth + c;
        const int8_t *w = p->weights + (ky * p->kernel_width + k0) * depth + c;
        for (int kx = k1 - k0; kx > 0; --kx, x += step, w += depth) {
            const int32_t w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
            s0 += w0 * (x[0] + offset);
            s1 += w1 * (x[1] + offset);
            s2 += w2 * (x[2] + offset);
            s3 += w3 * (x[3] + offset);
            if (pixels == 2) {
                const int8_t *const y = x + next;
                t0 += w0 * (y[0] + offset);
                t1 += w1 * (y[1] + offset);
                t2 += w2 * (y[2] + offset);
                t3 += w3 * (y[3] + offset);
            }
        }
    }
    out[c] = tk_channel_output(&channels, c, s0);
    out[c + 1] = tk_channel_output(&channels, c + 1, s1);
    out[c + 2] = tk_channel_output(&channels, c + 2, s2);
    out[c + 3] = tk_channel_output(&channels, c + 3, s3);
    if (pixels == 2) {
        out[depth + c] = tk_channel_output(&channels, c, t0);
        out[depth + c + 1] = tk_channel_output(&channels, c + 1, t1);
        out[depth + c + 2] = tk_channel_output(&channels, c + 2, t2);
        out[depth + c + 3] = tk_channel_output(&channels, c + 3, t3);
    }
}
#endif

/* One channel of one pixel. */
TK_INLINE void one(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int column, int in_channel, int c,
                   int k0, int k1, const int32_t *bias, int32_t offset)
{
    const int depth = p->in_channels, step = p->dilation * depth, all = depth * p->multiplier;
    int32_t sum = bias[c];
    for (int ky = 0; ky < p->kernel_height; ++ky) {
        if (!rows[ky * p->row_dilation])
            continue;
        const int8_t *x = rows[ky * p->row_dilation] + (column + k0 * p->dilation) * depth + in_channel;
        const int8_t *w = p->weights + (ky * p->kernel_width + k0) * all + c;
        for (int kx = k0; kx < k1; ++kx) {
            sum += *w * (*x + offset);
            x += step;
            w += all;
        }
    }
    out[c] = tk_channel_output(&p->channels, c, sum);
}

/* The channels from `c` on, which fill no four. */
static __attribute__((noinline)) void rest(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int column, int c,
                                           int k0, int k1, const int32_t *bias, int32_t offset)
{
    for (; c < p->in_channels; ++c)
        one(p, rows, out, column, c, c, k0, k1, bias, offset);
}

TK_INLINE void pixel(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int column, int k0, int k1,
                     const int32_t *bias, int32_t offset, int pixels)
{
    int c = 0;
    for (; c + 3 < p->in_channels; c += 4) {
        four(p, rows, out, column, c, k0, k1, bias, offset, TK_PAIRS ? pixels : 1);
        if (!TK_PAIRS && pixels == 2)
            four(p, rows, out + p->in_channels, column + p->stride, c, k0, k1, bias, offset, 1);
    }
    for (int i = 0; i < pixels && c < p->in_channels; ++i)
        rest(p, rows, out + i * p->in_channels, column + i * p->stride, c, k0, k1, bias, offset);
}

void tk_depthwise_conv_row_s8(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                              void *scratch)
{
    (void)scratch;
    const bool whole = all_rows(p, rows);
    const int last = p->in_width - 1 - (p->kernel_width - 1) * p->dilation; /* of the columns a whole window begins at */
    for (int x = x0; x < x1;) {
        const int column = x * p->stride - p->left;
        int8_t *const to = out + (x - x0) * p->in_channels;
        if (whole && column >= 0 && x + 1 < x1 && column + p->stride <= last) {
            pixel(p, rows, to, column, 0, p->kernel_width, p->bias, 0, 2);
            x += 2;
        } else if (whole && column >= 0 && column <= last) {
            pixel(p, rows, to, column, 0, p->kernel_width, p->bias, 0, 1);
            x += 1;
        } else {
            int k0, k1;
            clip(p, column, &k0, &k1);
            pixel(p, rows, to, column, k0, k1, p->edge_bias, p->offset, 1);
            x += 1;
        }
    }
}

void tk_depthwise_multi_row_s8(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                               void *scratch)
{
    (void)scratch;
    for (int x = x0; x < x1; ++x) {
        const int column = x * p->stride - p->left;
        int8_t *const to = out + (x - x0) * p->in_channels * p->multiplier;
        int k0, k1;
        clip(p, column, &k0, &k1);
        for (int c = 0; c < p->in_channels * p->multiplier; ++c)
            one(p, rows, to, column, c / p->multiplier, c, k0, k1, p->edge_bias, p->offset);
    }
}
