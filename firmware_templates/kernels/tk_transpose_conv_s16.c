/* SPDX-License-Identifier: 0BSD */
#include "tk_transpose_conv_s16.h"
#include "tk_taps.h"

/* The last place among the rows meets the window's first row. */
static int64_t sum(const tk_transpose_conv_s16 *p, const int8_t *const *rows, const int8_t *weights, tk_taps t)
{
    int64_t total = 0;
    for (int32_t y = 0; y < p->kernel_height; ++y) {
        const int8_t *const row = rows[p->kernel_height - 1 - y];
        if (!row)
            continue;
        for (int32_t j = 0; j < t.count; ++j) {
            const int16_t *const a = tk_in16(row) + (t.from - j) * p->in_channels;
            const int8_t *const b = weights + (y * p->kernel_width + t.first + j * p->stride) * p->in_channels;
            total += tk_dot_s16(a, b, p->in_channels);
        }
    }
    return total;
}

void tk_transpose_conv_row_s16(const tk_transpose_conv_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                               void *scratch)
{
    (void)scratch;
    const int32_t window = p->kernel_height * p->kernel_width * p->in_channels;
    int16_t *to = tk_out16(out);
    for (int x = x0; x < x1; ++x) {
        const tk_taps t = tk_reaching(x + p->left, p->stride, p->kernel_width, p->in_width);
        for (int c = 0; c < p->out_channels; ++c)
            *to++ = tk_channel_output_s16(&p->channels, c, p->channels.bias[c] + sum(p, rows, p->weights + c * window, t));
    }
}
