/* SPDX-License-Identifier: 0BSD */
#include "tk_add.h"

#include "tk_math.h"

enum { TK_ADD_LEFT_SHIFT = 20 };

/* `full`: to the whole int8 range, which many cores do in one instruction, so that it has loops of its own. */
static inline int8_t bounded(int32_t value, int full, int32_t low, int32_t high)
{
#if defined(__ARM_FEATURE_SAT)
    if (full) {
        __asm__("ssat %0, #8, %0" : "+r"(value));
        return (int8_t)value;
    }
#endif
    return (int8_t)tk_clamp(value, full ? INT8_MIN : low, full ? INT8_MAX : high);
}

static inline void add_rows(const tk_add_linear *p, const int8_t *x, const int8_t *y, int8_t *out, int count, int full)
{
    const int32_t a = p->a, b = p->b, bias = p->bias, low = p->low, high = p->high;
    const int shift = p->shift;
    for (int i = 0; i < count; ++i)
        out[i] = bounded((bias + a * x[i] + b * y[i]) >> shift, full, low, high);
}

void tk_add_linear_row_s8(const tk_add_linear *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                          void *scratch)
{
    (void)scratch;
    const int8_t *const x = rows[0] + x0 * p->channels;
    const int8_t *const y = rows[1] + x0 * p->channels;
    const int count = (x1 - x0) * p->channels;
    if (p->low == INT8_MIN && p->high == INT8_MAX)
        add_rows(p, x, y, out, count, 1);
    else
        add_rows(p, x, y, out, count, 0);
}

static inline void add_channels(const tk_add_channels *p, const int8_t *x, int8_t *out, int pixels, int full)
{
    const int32_t *const bias = p->bias;
    const int32_t a = p->a, low = p->low, high = p->high;
    const int shift = p->shift, channels = p->channels;
    for (; pixels > 0; --pixels, x += channels, out += channels)
        for (int c = 0; c < channels; ++c)
            out[c] = bounded((bias[c] + a * x[c]) >> shift, full, low, high);
}

void tk_add_channels_row_s8(const tk_add_channels *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                            void *scratch)
{
    (void)scratch;
    const int8_t *const x = rows[0] + x0 * p->channels;
    if (p->low == INT8_MIN && p->high == INT8_MAX)
        add_channels(p, x, out, x1 - x0, 1);
    else
        add_channels(p, x, out, x1 - x0, 0);
}

static int8_t add_exact(const tk_add_exact *p, int8_t x, int8_t y)
{
    const int32_t first = tk_requantise((x - p->first_zero_point) * (1 << TK_ADD_LEFT_SHIFT), p->first_multiplier,
                                        p->first_shift);
    const int32_t second = tk_requantise((y - p->second_zero_point) * (1 << TK_ADD_LEFT_SHIFT), p->second_multiplier,
                                         p->second_shift);
    return tk_requantise_s8(first + second, p->multiplier, p->shift, p->zero_point, p->low, p->high);
}

void tk_add_exact_row_s8(const tk_add_exact *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    for (int i = x0 * p->channels; i < x1 * p->channels; ++i)
        *out++ = add_exact(p, rows[0][i], rows[1][i]);
}

static int8_t linear_pair(const void *constants, int8_t x, int8_t y)
{
    const tk_add_linear *const p = constants;
    return (int8_t)tk_clamp((p->bias + p->a * x + p->b * y) >> p->shift, p->low, p->high);
}

static int8_t exact_pair(const void *constants, int8_t x, int8_t y)
{
    return add_exact(constants, x, y);
}

void tk_add_linear_pairs_row_s8(const tk_add_linear_pairs *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                                void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, linear_pair, &p->sum, rows, out, x0, x1);
}

void tk_add_pairs_row_s8(const tk_add_pairs *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, exact_pair, &p->sum, rows, out, x0, x1);
}

void tk_add_pairs_s8(const tk_add_pairs *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, exact_pair, &p->sum, inputs, out);
}
