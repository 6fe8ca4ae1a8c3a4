/* SPDX-License-Identifier: 0BSD */
#include "tk_resize_bilinear.h"

enum { TK_ONE = 1 << 10 };

void tk_resize_bilinear_s8(const tk_resize_bilinear *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *map = inputs[0];
    for (int32_t i = 0; i < p->batch; ++i, map += p->map) {
        for (int32_t y = 0; y < p->rows; ++y) {
            const int8_t *const above = map + p->row_first[y], *const below = map + p->row_second[y];
            const int32_t down = p->row_rest[y];
            for (int32_t x = 0; x < p->cols; ++x) {
                const int32_t left = p->col_first[x], right = p->col_second[x], across = p->col_rest[x];
                /* In 1/2^20; the four weights sum to one. */
                const int32_t a = (TK_ONE - down) * (TK_ONE - across), b = down * (TK_ONE - across);
                const int32_t c = (TK_ONE - down) * across, d = down * across;
                for (int32_t k = 0; k < p->channels; ++k) {
                    const int32_t sum = above[left + k] * a + below[left + k] * b + above[right + k] * c
                                        + below[right + k] * d;
                    *out++ = (int8_t)((sum > 0 ? sum + (1 << 19) : sum - (1 << 19)) / (1 << 20));
                }
            }
        }
    }
}
