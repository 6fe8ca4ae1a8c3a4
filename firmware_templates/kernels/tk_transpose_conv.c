/* SPDX-License-Identifier: 0BSD */
#include "tk_transpose_conv.h"
#include "tk_taps.h"

/* The last place among the rows meets the window's first row. */
static int32_t sum(const tk_transpose_conv *p, const int8_t *const *rows, const int8_t *weights, tk_taps t)
{
    int32_t total = 0;
    for (int32_t y = 0; y < p->kernel_height; ++y) {
        const int8_t *const row = rows[p->kernel_height - 1 - y];
        if (!row)
            continue;
        for (int32_t j = 0; j < t.count; ++j) {
            const int8_t *const a = row + (t.from - j) * p->in_channels;
            const int8_t *const b = weights + (y * p->kernel_width + t.first + j * p->stride) * p->in_channels;
            for (int32_t c = 0; c < p->in_channels; ++c)
                total += (a[c] - p->in_zero_point) * b[c];
        }
    }
    return total;
}

void tk_transpose_conv_row_s8(const tk_transpose_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                              void *scratch)
{
    (void)scratch;
    const int32_t window = p->kernel_height * p->kernel_width * p->in_channels;
    for (int x = x0; x < x1; ++x) {
        const tk_taps t = tk_reaching(x + p->left, p->stride, p->kernel_width, p->in_width);
        for (int32_t c = 0; c < p->out_channels; ++c)
            *out++ = tk_channel_output(&p->channels, c, p->bias[c] + sum(p, rows, p->weights + c * window, t));
    }
}
