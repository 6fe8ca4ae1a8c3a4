/* SPDX-License-Identifier: 0BSD */
#include "tk_scale_s16.h"

#include "tk_int16.h"

void tk_scale_row_s16(const tk_scale_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int16_t *const in = tk_in16(rows[0]) + x0 * p->channels;
    int16_t *const to = tk_out16(out);
    const int count = (x1 - x0) * p->channels;
    for (int i = 0; i < count; ++i) {
        const int32_t x = in[i];
        const int32_t scaled = x < 0 ? tk_requantise(x, p->below_multiplier, p->below_shift)
                                     : tk_requantise(x, p->multiplier, p->shift);
        to[i] = (int16_t)tk_clamp(x < 0 && p->falling ? -scaled : scaled, p->low, p->high);
    }
}
