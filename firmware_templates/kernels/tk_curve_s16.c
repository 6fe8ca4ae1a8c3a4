/* SPDX-License-Identifier: 0BSD */
#include "tk_curve_s16.h"

#include "tk_curve.h"
#include "tk_int16.h"

/* `value` in the curve's own scale. */
static int32_t argument(const tk_curve_s16 *p, int16_t value)
{
    const int32_t half = p->shift > 0 ? INT32_C(1) << (p->shift - 1) : 0;
    return (value * p->multiplier + half) >> p->shift;
}

void tk_logistic_row_s16(const tk_curve_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int16_t *const in = tk_in16(rows[0]) + x0 * p->channels;
    for (int i = 0; i < (x1 - x0) * p->channels; ++i)
        tk_out16(out)[i] = tk_logistic(p->table, argument(p, in[i]));
}

void tk_tanh_row_s16(const tk_curve_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int16_t *const in = tk_in16(rows[0]) + x0 * p->channels;
    for (int i = 0; i < (x1 - x0) * p->channels; ++i)
        tk_out16(out)[i] = tk_tanh(p->table, argument(p, in[i]));
}
