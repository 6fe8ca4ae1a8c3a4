/* SPDX-License-Identifier: 0BSD */
#include "tk_conv.h"

#include <stdbool.h>

#include "tk_copy.h"
#include "tk_dot.h"

TK_INLINE void store(const tk_channels *p, int n, int8_t *out, int c, bool second, int pixels, tk_sums s)
{
    out[c] = tk_channel_output(p, c, s.au);
    if (second)
        out[c + 1] = tk_channel_output(p, c + 1, s.av);
    if (pixels == 2) {
        out[n + c] = tk_channel_output(p, c, s.bu);
        if (second)
            out[n + c + 1] = tk_channel_output(p, c + 1, s.bv);
    }
}

/* One or two neighbouring pixels, whose windows begin at input column `column` and take part from tap k0 to k1. */
TK_INLINE void window(const tk_conv *p, const int8_t *const *rows, int8_t *out, int column, int k0, int k1,
                      const int32_t *bias, int32_t offset, int pixels)
{
    const int depth = p->in_channels, size = p->kernel_height * p->kernel_width * depth;
    const int next = p->stride * depth;
    const int taps = p->dilation == 1 ? k1 - k0 : 1;
    for (int c = 0; c < p->out_channels; c += 2) {
        const bool second = c + 1 < p->out_channels;
        const int8_t *const u = p->weights + c * size, *const v = second ? u + size : u;
        tk_sums s = { bias[c], bias[second ? c + 1 : c], bias[c], bias[second ? c + 1 : c] };
        for (int ky = 0; ky < p->kernel_height; ++ky) {
            const int8_t *const row = rows[ky * p->row_dilation];
            if (!row)
                continue;
            for (int kx = k0; kx < k1; kx += taps) {
                const int8_t *const a = row + (column + kx * p->dilation) * depth;
                const int at = (ky * p->kernel_width + kx) * depth;
                s = tk_dot(a, a + next, u + at, v + at, taps * depth, offset, pixels, s);
            }
        }
        store(&p->channels, p->out_channels, out, c, second, pixels, s);
    }
}

void tk_conv_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    bool whole = true;
    for (int ky = 0; ky < p->kernel_height; ++ky)
        whole = whole && rows[ky * p->row_dilation];
    const int last = p->in_width - 1 - (p->kernel_width - 1) * p->dilation; /* of the columns a whole window begins at */
    for (int x = x0; x < x1;) {
        const int column = x * p->stride - p->left;
        int8_t *const to = out + (x - x0) * p->out_channels;
        if (whole && column >= 0 && x + 1 < x1 && column + p->stride <= last) {
            window(p, rows, to, column, 0, p->kernel_width, p->bias, 0, 2);
            x += 2;
        } else if (whole && column >= 0 && column <= last) {
            window(p, rows, to, column, 0, p->kernel_width, p->bias, 0, 1);
            x += 1;
        } else {
            int k0 = 0, k1 = p->kernel_width;
            while (k0 < k1 && column + k0 * p->dilation < 0)
                ++k0;
            while (k1 > k0 && column + (k1 - 1) * p->dilation >= p->in_width)
                --k1;
            window(p, rows, to, column, k0, k1, p->edge_bias, p->offset, 1);
            x += 1;
        }
    }
}

/* One or two pixels whose windows of `taps` bytes lie one after the other. */
TK_INLINE void point(const tk_conv *p, const int8_t *in, int taps, int8_t *out, int pixels)
{
    const tk_channels channels = p->channels; /* a copy, because what is written to `out` might change the other */
    const int all = p->out_channels;
    int c = 0;
#if !TK_DSP
    for (; c + 3 < all && (!TK_THUMB1 || pixels == 1); c += 4) {
        int32_t a[4] = { p->bias[c], p->bias[c + 1], p->bias[c + 2], p->bias[c + 3] };
        int32_t b[4] = { a[0], a[1], a[2], a[3] };
        tk_dot4(in, in + taps, p->weights + c * taps, taps, pixels, a, b);
        for (int k = 0; k < 4; ++k) {
            out[c + k] = tk_channel_output(&channels, c + k, a[k]);
            if (pixels == 2)
                out[all + c + k] = tk_channel_output(&channels, c + k, b[k]);
        }
    }
#endif
    for (; c < all; c += 2) {
        const bool second = c + 1 < all;
        const int8_t *const u = p->weights + c * taps, *const v = second ? u + taps : u;
        const int32_t first = p->bias[c], other = p->bias[second ? c + 1 : c];
        const tk_sums s = { first, other, first, other };
        store(&channels, all, out, c, second, pixels, tk_dot(in, in + taps, u, v, taps, 0, pixels, s));
    }
}

void tk_pointwise_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0] + x0 * p->in_channels;
    int x = x0;
    for (; x + 1 < x1; x += 2) {
        point(p, in, p->in_channels, out, 2);
        in += 2 * p->in_channels;
        out += 2 * p->out_channels;
    }
    if (x < x1)
        point(p, in, p->in_channels, out, 1);
}

static void fill(int8_t *to, int value, int count)
{
    for (; count > 0; --count)
        *to++ = (int8_t)value;
}

/* The bytes of the window that begins at input column `column`, in the order of its weights; returns their end. */
static int8_t *gather(const tk_conv *p, const int8_t *const *rows, int column, int8_t *to)
{
    const int depth = p->in_channels, run = p->kernel_width * depth;
    const bool inside = p->dilation == 1 && column >= 0 && column + p->kernel_width <= p->in_width;
    for (int ky = 0; ky < p->kernel_height; ++ky, to += run) {
        const int8_t *const row = rows[ky * p->row_dilation];
        if (row && inside) {
            tk_copy(to, row + column * depth, run);
            continue;
        }
        for (int kx = 0; kx < p->kernel_width; ++kx) {
            const int at = column + kx * p->dilation;
            if (row && at >= 0 && at < p->in_width)
                tk_copy(to + kx * depth, row + at * depth, depth);
            else
                fill(to + kx * depth, -p->offset, depth);
        }
    }
    return to;
}

void tk_conv_gathered_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    const int taps = p->kernel_height * p->kernel_width * p->in_channels;
    for (int pixels; x0 < x1; x0 += pixels) {
        int8_t *const second = gather(p, rows, x0 * p->stride - p->left, scratch);
        pixels = x1 - x0 > 1 ? 2 : 1;
        if (pixels == 2) {
            gather(p, rows, (x0 + 1) * p->stride - p->left, second);
            point(p, scratch, taps, out, 2);
        } else {
            point(p, scratch, taps, out, 1);
        }
        out += pixels * p->out_channels;
    }
}
