/* SPDX-License-Identifier: 0BSD */
#include "tk_real_unary.h"

#include <string.h>

#include "tk_real.h"

/* The square root in integers: the nearest float, without a library and on cores without an FPU. */
static float root(float x)
{
    uint32_t bits;
    int exponent = -149; /* x is bits * 2^exponent */

    if (!(x > 0.0f) || x == TK_INFINITY)
        return x >= 0.0f ? x : TK_NAN;
    memcpy(&bits, &x, sizeof bits);
    if (bits >> 23) {
        exponent = (int)(bits >> 23) - 150;
        bits = (bits & 0x7FFFFFu) | 0x800000u;
    }
    for (; bits < 0x800000u; bits <<= 1)
        --exponent;
    /* 25 bits of the root of bits * 2^shift, the last one for rounding: it never lies half way between two floats. */
    const int shift = exponent & 1 ? 25 : 26;
    const uint64_t square = (uint64_t)bits << shift;
    uint32_t result = 0;
    for (uint32_t bit = UINT32_C(1) << 24; bit > 0; bit >>= 1)
        if ((uint64_t)(result + bit) * (result + bit) <= square)
            result += bit;
    const uint32_t field = (uint32_t)((exponent - shift) / 2 + 1 + 23 + 127);
    bits = (field << 23) + ((result + 1) >> 1) - 0x800000u;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float value_of(const tk_real_unary *p, float x)
{
    switch (p->function) {
    case TK_REAL_ABS: return __builtin_fabsf(x);
    case TK_REAL_LEAKY_RELU: return x > 0.0f ? x : x * p->alpha;
    case TK_REAL_NEG: return -x;
    case TK_REAL_RELU: return x < 0.0f ? 0.0f : x;
    case TK_REAL_RELU6: return x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x;
    case TK_REAL_RSQRT: return 1.0f / root(x);
    case TK_REAL_SQRT: return root(x);
    default: return x * x;
    }
}

void tk_real_row_f32(const tk_real_unary *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const float *const in = tk_in_f32(rows[0]) + x0 * p->channels;
    for (int i = 0; i < (x1 - x0) * p->channels; ++i)
        tk_out_f32(out)[i] = value_of(p, in[i]);
}
