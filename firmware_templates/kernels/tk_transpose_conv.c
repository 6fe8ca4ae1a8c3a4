/* SPDX-License-Identifier: 0BSD */
#include "tk_transpose_conv.h"

/* The window's taps on one axis that reach output `at`: tap `first`, first + stride ..., from input `from` downwards. */
typedef struct taps {
    int32_t first, from, count;
} taps;

static taps reaching(int32_t at, int32_t stride, int32_t kernel, int32_t size)
{
    taps t = { at % stride, at / stride, 0 };
    if (t.from >= size) {
        t.first += (t.from - size + 1) * stride;
        t.from = size - 1;
    }
    if (t.first < kernel)
        t.count = (kernel - t.first - 1) / stride + 1;
    if (t.count > t.from + 1)
        t.count = t.from + 1;
    return t;
}

static int32_t sum(const tk_transpose_conv *p, const int8_t *in, const int8_t *weights, taps v, taps h)
{
    int32_t total = 0;
    for (int32_t i = 0; i < v.count; ++i) {
        for (int32_t j = 0; j < h.count; ++j) {
            const int32_t y = v.first + i * p->stride_h, x = h.first + j * p->stride_w;
            const int8_t *const a = in + ((v.from - i) * p->in_width + h.from - j) * p->in_channels;
            const int8_t *const b = weights + (y * p->kernel_width + x) * p->in_channels;
            for (int32_t c = 0; c < p->in_channels; ++c)
                total += (a[c] - p->in_zero_point) * b[c];
        }
    }
    return total;
}

void tk_transpose_conv_s8(const tk_transpose_conv *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int32_t window = p->kernel_height * p->kernel_width * p->in_channels;
    for (int32_t y = 0; y < p->out_height; ++y) {
        const taps v = reaching(y + p->top, p->stride_h, p->kernel_height, p->in_height);
        for (int32_t x = 0; x < p->out_width; ++x) {
            const taps h = reaching(x + p->left, p->stride_w, p->kernel_width, p->in_width);
            for (int32_t c = 0; c < p->out_channels; ++c)
                *out++ = tk_channel_output(&p->channels, c, p->bias[c] + sum(p, inputs[0], p->weights + c * window, v, h));
        }
    }
}
