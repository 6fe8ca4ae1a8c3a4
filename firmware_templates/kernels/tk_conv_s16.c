/* SPDX-License-Identifier: 0BSD */
#include "tk_conv_s16.h"

/* The taps [first, end) of a row of the window that lie inside the image. */
typedef struct span {
    int column, first, end;
} span;

static span inside(const tk_conv_s16 *p, int x)
{
    span s = { x * p->stride - p->left, 0, p->kernel_width };
    while (s.first < s.end && s.column + s.first * p->dilation < 0)
        ++s.first;
    while (s.end > s.first && s.column + (s.end - 1) * p->dilation >= p->in_width)
        --s.end;
    return s;
}

static int64_t window(const tk_conv_s16 *p, const int8_t *const *rows, span s, const int8_t *weights)
{
    const int depth = p->in_channels;
    const int taps = p->dilation == 1 ? s.end - s.first : 1; /* neighbours lie together */
    int64_t sum = 0;
    for (int ky = 0; ky < p->kernel_height; ++ky, weights += p->kernel_width * depth) {
        const int8_t *const row = rows[ky * p->row_dilation];
        if (!row)
            continue;
        for (int kx = s.first; kx < s.end; kx += taps)
            sum += tk_dot_s16(tk_in16(row) + (s.column + kx * p->dilation) * depth, weights + kx * depth, taps * depth);
    }
    return sum;
}

void tk_conv_row_s16(const tk_conv_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int size = p->kernel_height * p->kernel_width * p->in_channels;
    int16_t *to = tk_out16(out);
    for (int x = x0; x < x1; ++x) {
        const span s = inside(p, x);
        for (int c = 0; c < p->out_channels; ++c)
            *to++ = tk_channel_output_s16(&p->channels, c,
                                          p->channels.bias[c] + window(p, rows, s, p->weights + c * size));
    }
}

/* Channel `c` of a depthwise window, read from channel `from`. */
static int64_t channel(const tk_conv_s16 *p, const int8_t *const *rows, span s, int c, int from)
{
    int64_t sum = 0;
    for (int ky = 0; ky < p->kernel_height; ++ky) {
        const int8_t *const row = rows[ky * p->row_dilation];
        if (!row)
            continue;
        for (int kx = s.first; kx < s.end; ++kx)
            sum += tk_in16(row)[(s.column + kx * p->dilation) * p->in_channels + from] *
                   p->weights[(ky * p->kernel_width + kx) * p->out_channels + c];
    }
    return sum;
}

void tk_depthwise_row_s16(const tk_conv_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int multiplier = p->out_channels / p->in_channels;
    int16_t *to = tk_out16(out);
    for (int x = x0; x < x1; ++x) {
        const span s = inside(p, x);
        for (int c = 0; c < p->out_channels; ++c)
            *to++ = tk_channel_output_s16(&p->channels, c,
                                          p->channels.bias[c] + channel(p, rows, s, c, c / multiplier));
    }
}
