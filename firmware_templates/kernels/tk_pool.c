/* SPDX-License-Identifier: 0BSD */
#include "tk_pool.h"

#include <string.h>

#include "tk_dsp.h"
#include "tk_math.h"
#include "tk_sum.h"

#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>
#endif

/* The part of the map that an output pixel pools: rows `top` to `bottom` of the row pointers, and columns. */
typedef struct window {
    const int8_t *const *rows;
    int height, first, width;
} window;

/* Rows outside the map are the first and the last ones only. */
static window rows_of(const tk_pool *p, const int8_t *const *rows)
{
    int height = p->kernel_h;
    for (; !rows[0]; ++rows)
        --height;
    while (!rows[height - 1])
        --height;
    return (window){ rows, height, 0, 0 };
}

static void set_columns(window *w, const tk_pool *p, int x)
{
    const int left = x * p->stride_w - p->pad_left;
    const int end = left + p->kernel_w;
    w->first = left < 0 ? 0 : left;
    w->width = (end < p->width ? end : p->width) - w->first;
}

enum { TK_RECIPROCAL_BITS = 24, TK_COUNTS = 256 };

/* The mean of `count` values: sum / count to the nearest integer, halves away from zero. Below TK_COUNTS values,
 * `reciprocal` (rounded up) makes it exact without a division. */
typedef struct quotient {
    int32_t count, half, lift, ties;
    uint32_t reciprocal;
} quotient;

static quotient by(int32_t count)
{
    const uint32_t n = (uint32_t)count;
    return (quotient){ .count = count,
                       .half = count / 2,
                       .lift = count / 2 + count * 128,
                       .ties = count & 1 ? 0 : -1,
                       .reciprocal = ((UINT32_C(1) << TK_RECIPROCAL_BITS) + n - 1) / n };
}

static inline int32_t mean(int32_t sum, const quotient *q)
{
    if (q->count >= TK_COUNTS)
        return (sum > 0 ? sum + q->half : sum - q->half) / q->count;
    /* Lifted by 128 to be positive; a tie goes down where the sum is negative. */
    const uint32_t lifted = (uint32_t)(sum + (sum >> 31 & q->ties) + q->lift);
    return (int32_t)(lifted * q->reciprocal >> TK_RECIPROCAL_BITS) - 128;
}

void tk_average_pool_row_s8(const tk_pool *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels;
    const int32_t low = p->low, high = p->high;
    const int clamps = low > INT8_MIN || high < INT8_MAX;
    window w = rows_of(p, rows);
    for (int x = x0; x < x1; ++x) {
        set_columns(&w, p, x);
        const quotient q = by(w.height * w.width);
        const int offset = w.first * channels;
        int c = 0;
        for (; c + 4 <= channels; c += 4) {
            int32_t sums[4] = { 0 };
            tk_sum4(w.rows, w.height, offset + c, w.width, channels, sums);
            for (int i = 0; i < 4; ++i) {
                const int32_t value = mean(sums[i], &q);
                *out++ = (int8_t)(clamps ? tk_clamp(value, low, high) : value);
            }
        }
        for (; c < channels; ++c)
            *out++ = (int8_t)tk_clamp(mean(tk_sum1(w.rows, w.height, offset + c, w.width, channels), &q), low, high);
    }
}

static inline int8_t larger(int8_t a, int8_t b) { return a > b ? a : b; }

#if TK_DSP
/* The larger of each pair of bytes. */
static inline uint32_t larger4(uint32_t a, uint32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    (void)__ssub8((int8x4_t)a, (int8x4_t)b); /* sets the flags by which SEL picks */
    return __sel(a, b);
#else
    uint32_t result = 0;
    for (int bit = 0; bit < 32; bit += 8)
        result |= (uint32_t)(uint8_t)larger((int8_t)(a >> bit), (int8_t)(b >> bit)) << bit;
    return result;
#endif
}
#endif

/* Raises every channel of a pixel to that of another. */
static void raise_pixel(int8_t *out, const int8_t *in, int channels)
{
#if TK_DSP
    for (; channels >= 4; channels -= 4, out += 4, in += 4) {
        const uint32_t larger = larger4(tk_load4(out), tk_load4(in));
        memcpy(out, &larger, 4);
    }
#endif
    for (int c = 0; c < channels; ++c)
        out[c] = larger(out[c], in[c]);
}

void tk_max_pool_row_s8(const tk_pool *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels;
    window w = rows_of(p, rows);
    for (int x = x0; x < x1; ++x, out += channels) {
        set_columns(&w, p, x);
        memcpy(out, w.rows[0] + w.first * channels, (size_t)channels);
        for (int k = 0; k < w.height; ++k) {
            const int8_t *in = w.rows[k] + w.first * channels;
            for (int i = 0; i < w.width; ++i, in += channels)
                if (k + i > 0)
                    raise_pixel(out, in, channels);
        }
        if (p->low > INT8_MIN || p->high < INT8_MAX)
            for (int c = 0; c < channels; ++c)
                out[c] = (int8_t)tk_clamp(out[c], p->low, p->high);
    }
}
