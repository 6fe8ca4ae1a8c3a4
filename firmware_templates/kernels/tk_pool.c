/* SPDX-License-Identifier: 0BSD */
#include "tk_pool.h"

#include "tk_dsp.h"
#include "tk_math.h"
#include "tk_sum.h"

/* The columns of the map below output pixel x: `count` from pixel `first`. */
typedef struct span {
    int first, count;
} span;

static span columns(const tk_pool *p, int x)
{
    const int left = x * p->stride_w - p->pad_left;
    const int first = left < 0 ? 0 : left;
    const int end = left + p->kernel_w;
    return (span){ first, (end < p->width ? end : p->width) - first };
}

/* Division by a pixel count, made a multiplication while that is exact. */
typedef struct divisor {
    int32_t count;
    uint32_t reciprocal;
} divisor;

enum { TK_EXACT_COUNTS = 256, TK_RECIPROCAL_BITS = 24 };

static divisor divisor_of(int32_t count)
{
    return (divisor){ count, ((UINT32_C(1) << TK_RECIPROCAL_BITS) + (uint32_t)count - 1) / (uint32_t)count };
}

/* sum / count to the nearest integer, halves away from zero. */
static inline int32_t rounded_quotient(int32_t sum, divisor by)
{
    const int32_t half = by.count / 2;
    if (by.count >= TK_EXACT_COUNTS)
        return (sum > 0 ? sum + half : sum - half) / by.count;
    /* Lifted by 128 to be positive; a tie, which only an even count has, goes down below zero. */
    const int32_t tie = sum >> 31 & (by.count & 1 ? 0 : -1);
    const uint32_t lifted = (uint32_t)(sum + tie + half + by.count * 128);
    return (int32_t)(lifted * by.reciprocal >> TK_RECIPROCAL_BITS) - 128;
}

void tk_average_pool_row_s8(const tk_pool *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels, kernel_h = p->kernel_h;
    const int32_t low = p->low, high = p->high;
    int height = 0;
    for (int k = 0; k < kernel_h; ++k)
        height += rows[k] != 0;
    for (int x = x0; x < x1; ++x) {
        const span at = columns(p, x);
        const divisor by = divisor_of(height * at.count);
        const int offset = at.first * channels;
        int c = 0;
        for (; c + 4 <= channels; c += 4) {
            int32_t sums[4] = { 0 };
            for (int k = 0; k < kernel_h; ++k)
                if (rows[k])
                    tk_sum4(rows[k] + offset + c, at.count, channels, sums);
            for (int i = 0; i < 4; ++i)
                *out++ = (int8_t)tk_clamp(rounded_quotient(sums[i], by), low, high);
        }
        for (; c < channels; ++c) {
            int32_t sum = 0;
            for (int k = 0; k < kernel_h; ++k)
                if (rows[k])
                    sum += tk_sum1(rows[k] + offset + c, at.count, channels);
            *out++ = (int8_t)tk_clamp(rounded_quotient(sum, by), low, high);
        }
    }
}

static inline int8_t larger(int8_t a, int8_t b) { return a > b ? a : b; }

#if TK_DSP
/* The larger of each pair of bytes. */
static inline uint32_t larger4(uint32_t a, uint32_t b)
{
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
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

/* Raises best[0..4) to the largest of channels 0..3 of `count` pixels. */
static inline void max4(const int8_t *in, int count, int stride, int8_t best[4])
{
#if TK_DSP
    uint32_t word = tk_load4(best);
    for (; count > 0; --count, in += stride)
        word = larger4(word, tk_load4(in));
    memcpy(best, &word, 4);
#else
    for (; count > 0; --count, in += stride)
        for (int i = 0; i < 4; ++i)
            best[i] = larger(best[i], in[i]);
#endif
}

void tk_max_pool_row_s8(const tk_pool *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels, kernel_h = p->kernel_h;
    const int8_t low = p->low, high = p->high;
    for (int x = x0; x < x1; ++x) {
        const span at = columns(p, x);
        const int offset = at.first * channels;
        int c = 0;
        for (; c + 4 <= channels; c += 4) {
            int8_t best[4] = { low, low, low, low };
            for (int k = 0; k < kernel_h; ++k)
                if (rows[k])
                    max4(rows[k] + offset + c, at.count, channels, best);
            for (int i = 0; i < 4; ++i)
                *out++ = best[i] < high ? best[i] : high;
        }
        for (; c < channels; ++c) {
            int8_t best = low;
            for (int k = 0; k < kernel_h; ++k)
                for (int i = 0; rows[k] && i < at.count; ++i)
                    best = larger(best, rows[k][offset + c + i * channels]);
            *out++ = best < high ? best : high;
        }
    }
}
