/* SPDX-License-Identifier: 0BSD */
#include "tk_conv.h"

#include <stdbool.h>

#include "tk_dot.h"

TK_INLINE void store(const tk_conv *p, int8_t *out, int c, bool second, int pixels, tk_sums s)
{
    const int n = p->out_channels;
    out[c] = tk_channel_output(&p->channels, c, s.au);
    if (second)
        out[c + 1] = tk_channel_output(&p->channels, c + 1, s.av);
    if (pixels == 2) {
        out[n + c] = tk_channel_output(&p->channels, c, s.bu);
        if (second)
            out[n + c + 1] = tk_channel_output(&p->channels, c + 1, s.bv);
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
        store(p, out, c, second, pixels, s);
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

TK_INLINE void point(const tk_conv *p, const int8_t *in, int8_t *out, int pixels)
{
    const int depth = p->in_channels;
    for (int c = 0; c < p->out_channels; c += 2) {
        const bool second = c + 1 < p->out_channels;
        const int8_t *const u = p->weights + c * depth, *const v = second ? u + depth : u;
        const int32_t first = p->bias[c], other = p->bias[second ? c + 1 : c];
        const tk_sums s = { first, other, first, other };
        store(p, out, c, second, pixels, tk_dot(in, in + depth, u, v, depth, 0, pixels, s));
    }
}

void tk_pointwise_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0] + x0 * p->in_channels;
    int x = x0;
    for (; x + 1 < x1; x += 2) {
        point(p, in, out, 2);
        in += 2 * p->in_channels;
        out += 2 * p->out_channels;
    }
    if (x < x1)
        point(p, in, out, 1);
}
