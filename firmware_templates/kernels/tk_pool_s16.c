/* SPDX-License-Identifier: 0BSD */
#include "tk_pool_s16.h"

#include "tk_int16.h"

/* The columns [first, end) of the window of output pixel `x` that lie in the map. */
typedef struct span {
    int first, end;
} span;

static span columns(const tk_pool_s16 *p, int x)
{
    const int first = x * p->stride_w - p->pad_left, end = first + p->kernel_w;
    const span s = { first < 0 ? 0 : first, end > p->width ? p->width : end };
    return s;
}

void tk_average_pool_row_s16(const tk_pool_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                             void *scratch)
{
    (void)scratch;
    int16_t *to = tk_out16(out);
    for (int x = x0; x < x1; ++x) {
        const span s = columns(p, x);
        for (int c = 0; c < p->channels; ++c) {
            int32_t sum = 0, count = 0;
            for (int k = 0; k < p->kernel_h; ++k) {
                if (!rows[k])
                    continue;
                for (int i = s.first; i < s.end; ++i, ++count)
                    sum += tk_in16(rows[k])[i * p->channels + c];
            }
            const int32_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
            *to++ = (int16_t)tk_clamp(mean, p->low, p->high);
        }
    }
}

void tk_max_pool_row_s16(const tk_pool_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    int16_t *to = tk_out16(out);
    for (int x = x0; x < x1; ++x) {
        const span s = columns(p, x);
        for (int c = 0; c < p->channels; ++c) {
            int32_t most = p->low;
            for (int k = 0; k < p->kernel_h; ++k) {
                if (!rows[k])
                    continue;
                for (int i = s.first; i < s.end; ++i) {
                    const int16_t value = tk_in16(rows[k])[i * p->channels + c];
                    most = value > most ? value : most;
                }
            }
            *to++ = (int16_t)(most > p->high ? p->high : most);
        }
    }
}
