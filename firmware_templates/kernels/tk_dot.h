/* SPDX-License-Identifier: 0BSD
 * Dot products of one or two inputs with two rows of weights: the inner loop of convolutions and dense layers. */
#ifndef TK_DOT_H
#define TK_DOT_H

#include <stddef.h>
#include <stdint.h>

#include "tk_dsp.h"

/** Sums of two pixels (a, b) times two output channels (u, v). */
typedef struct tk_sums {
    int32_t au, av, bu, bv;
} tk_sums;

/** Adds sum (a[i] + offset) * u[i] over n elements, and the same for every other pair; b only where `pixels` is 2. */
TK_INLINE tk_sums tk_dot(const int8_t *a, const int8_t *b, const int8_t *u, const int8_t *v, int n, int32_t offset,
                         int pixels, tk_sums s)
{
#if TK_DSP
    const uint32_t offsets = ((uint32_t)offset & 0xffffu) | ((uint32_t)offset << 16);
    const int8_t *const end = a + (n & ~3);
    const ptrdiff_t to_b = b - a, to_v = v - u; /* two pointers that move instead of four: registers are few */
    n &= 3;
    while (a != end) {
        const uint32_t uw = tk_load4(u), vw = tk_load4(u + to_v), aw = tk_load4(a);
        const uint32_t ue = tk_even(0, uw), uo = tk_odd(0, uw), ve = tk_even(0, vw), vo = tk_odd(0, vw);
        const uint32_t ae = tk_even(offsets, aw), ao = tk_odd(offsets, aw);
        s.au = tk_dual_mac(ue, ae, s.au);
        s.au = tk_dual_mac(uo, ao, s.au);
        s.av = tk_dual_mac(ve, ae, s.av);
        s.av = tk_dual_mac(vo, ao, s.av);
        if (pixels == 2) {
            const uint32_t bw = tk_load4(a + to_b);
            const uint32_t be = tk_even(offsets, bw), bo = tk_odd(offsets, bw);
            s.bu = tk_dual_mac(ue, be, s.bu);
            s.bu = tk_dual_mac(uo, bo, s.bu);
            s.bv = tk_dual_mac(ve, be, s.bv);
            s.bv = tk_dual_mac(vo, bo, s.bv);
        }
        u += 4;
        a += 4;
    }
    b = a + to_b;
    v = u + to_v;
#endif
    for (; n > 0; --n) {
        const int32_t x = *a++ + offset, w = *u++, y = *v++;
        s.au += x * w;
        s.av += x * y;
        if (pixels == 2) {
            const int32_t z = *b++ + offset;
            s.bu += z * w;
            s.bv += z * y;
        }
    }
    return s;
}
#endif
