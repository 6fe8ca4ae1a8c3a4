/* SPDX-License-Identifier: 0BSD */
#include "tk_real_pairs.h"

static float of_pair(int32_t function, float x, float y)
{
    switch (function) {
    case TK_REAL_ADD: return x + y;
    case TK_REAL_DIV: return x / y;
    case TK_REAL_MAXIMUM: return x > y ? x : y;
    case TK_REAL_MINIMUM: return x < y ? x : y;
    case TK_REAL_MUL: return x * y;
    case TK_REAL_SQUARED_DIFFERENCE: return (x - y) * (x - y);
    default: return x - y;
    }
}

static float *pixels(const tk_real_pairs *p, const float *x, const float *y, float *out, int32_t count)
{
    for (; count > 0; --count, x += p->first_stride[3], y += p->second_stride[3])
        for (int32_t c = 0; c < p->count[4]; ++c) {
            const float value = of_pair(p->function, x[c * p->first_stride[4]], y[c * p->second_stride[4]]);
            *out++ = value < p->low ? p->low : value > p->high ? p->high : value;
        }
    return out;
}

void tk_real_pairs_row_f32(const tk_real_pairs *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const float *const x = p->first ? p->first : tk_in_f32(*rows++);
    const float *const y = p->second ? p->second : tk_in_f32(*rows);
    pixels(p, x + x0 * p->first_stride[3], y + x0 * p->second_stride[3], tk_out_f32(out), x1 - x0);
}

void tk_real_pairs_f32(const tk_real_pairs *p, const int8_t *const *inputs, int8_t *bytes, void *scratch)
{
    (void)scratch;
    const float *const x = p->first ? p->first : tk_in_f32(*inputs++);
    const float *const y = p->second ? p->second : tk_in_f32(*inputs);
    float *out = tk_out_f32(bytes);
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                out = pixels(p, x + i * p->first_stride[0] + j * p->first_stride[1] + k * p->first_stride[2],
                             y + i * p->second_stride[0] + j * p->second_stride[1] + k * p->second_stride[2], out,
                             p->count[3]);
}
