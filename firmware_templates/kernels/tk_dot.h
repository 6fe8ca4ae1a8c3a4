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

#if defined(__thumb__) && !defined(__thumb2__)
#define TK_THUMB1 1
/** Two inputs times two rows of weights, or one input times four, over n > 0 elements; the assembly knows the order. */
typedef struct tk_dot_job {
    const int8_t *rows[4];
    int32_t n;
    int32_t sums[4];
} tk_dot_job;

typedef struct tk_dot_four {
    const int8_t *rows[5];
    int32_t n;
    int32_t sums[4];
} tk_dot_four;

/* Four sums in r8 to r11, which the small instructions can add to but not multiply: 15 instructions for 4 products, where
 * compilers need twice as many. */
#define TK_THUMB1_DOT(load, step, sums)                                                                                \
    __asm__ volatile(".syntax unified\n"                                                                              \
                     "push {r4-r7, lr}\n"                                                                             \
                     "mov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\n"                                             \
                     "push {r0, r4-r7}\n"                                                                             \
                     "movs r1, r0\nadds r1, #" sums "\n"                                                              \
                     "ldmia r1!, {r4-r7}\n"                                                                           \
                     "mov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\n" load                                       \
                     "1:\n" step                                                                                      \
                     "bne 1b\n"                                                                                       \
                     "ldr r0, [sp]\nadds r0, #" sums "\n"                                                             \
                     "mov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\n"                                             \
                     "stmia r0!, {r4-r7}\n"                                                                           \
                     "pop {r0, r4-r7}\n"                                                                              \
                     "mov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\n"                                             \
                     "pop {r4-r7, pc}\n")

/* Sums: rows 0 and 2, 0 and 3, 1 and 2, 1 and 3. */
static __attribute__((naked, noinline, unused)) void tk_dot_2x2(tk_dot_job *job __attribute__((unused)))
{
    TK_THUMB1_DOT("ldmia r0, {r0-r4}\n"
                  "adds r0, r4\nadds r1, r4\nadds r2, r4\nadds r3, r4\nrsbs r4, r4, #0\n",
                  "ldrsb r5, [r0, r4]\nldrsb r6, [r2, r4]\nmovs r7, r5\nmuls r7, r6, r7\nadd r8, r7\n"
                  "ldrsb r7, [r1, r4]\nmuls r6, r7, r6\nadd r10, r6\n"
                  "ldrsb r6, [r3, r4]\nmuls r5, r6, r5\nadd r9, r5\nmuls r7, r6, r7\nadd r11, r7\n"
                  "adds r4, #1\n",
                  "20");
}

#define TK_THUMB1_ROW(row, sum) "ldrsb r7, [" row ", r5]\nmuls r7, r6, r7\nadd " sum ", r7\n"
/* Sums: row 0 and each of the others. */
static __attribute__((naked, noinline, unused)) void tk_dot_1x4(tk_dot_four *job __attribute__((unused)))
{
    TK_THUMB1_DOT("ldmia r0, {r0-r5}\n"
                  "adds r0, r5\nadds r1, r5\nadds r2, r5\nadds r3, r5\nadds r4, r5\nrsbs r5, r5, #0\n",
                  "ldrsb r6, [r0, r5]\n" TK_THUMB1_ROW("r1", "r8") TK_THUMB1_ROW("r2", "r9") TK_THUMB1_ROW("r3", "r10")
                      TK_THUMB1_ROW("r4", "r11") "adds r5, #1\n",
                  "24");
}
#else
#define TK_THUMB1 0
#endif

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
#elif TK_THUMB1
    if (pixels == 2 && __builtin_constant_p(offset) && offset == 0 && n > 0) {
        tk_dot_job job = { { a, b, u, v }, n, { s.au, s.av, s.bu, s.bv } };
        tk_dot_2x2(&job);
        return (tk_sums){ job.sums[0], job.sums[1], job.sums[2], job.sums[3] };
    }
#else
    for (; n >= 4; n -= 4, a += 4, b += 4, u += 4, v += 4) {
        for (int i = 0; i < 4; ++i) {
            const int32_t x = a[i] + offset, w = u[i], y = v[i];
            s.au += x * w;
            s.av += x * y;
            if (pixels == 2) {
                const int32_t z = b[i] + offset;
                s.bu += z * w;
                s.bv += z * y;
            }
        }
    }
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

/** Adds to au[k] the products of `a` with row k of four rows of weights that lie `n` bytes apart, to bu[k] those of `b`
 * where `pixels` is 2. */
TK_INLINE void tk_dot4(const int8_t *a, const int8_t *b, const int8_t *weights, int n, int pixels, int32_t au[4],
                       int32_t bu[4])
{
#if TK_THUMB1
    tk_dot_four job = { { a, weights, weights + n, weights + 2 * n, weights + 3 * n }, n, { 0, 0, 0, 0 } };
    for (int pixel = 0; pixel < pixels && n > 0; ++pixel) {
        int32_t *const sums = pixel ? bu : au;
        job.rows[0] = pixel ? b : a;
        for (int k = 0; k < 4; ++k)
            job.sums[k] = sums[k];
        tk_dot_1x4(&job);
        for (int k = 0; k < 4; ++k)
            sums[k] = job.sums[k];
    }
#else
    const int8_t *u = weights, *v = u + n, *w = v + n, *y = w + n;
    int32_t a0 = au[0], a1 = au[1], a2 = au[2], a3 = au[3], b0 = bu[0], b1 = bu[1], b2 = bu[2], b3 = bu[3];
#define TK_STEP(i)                                                                                                     \
    do {                                                                                                               \
        const int32_t x = a[i], p = u[i], q = v[i], r = w[i], s = y[i];                                                \
        a0 += x * p;                                                                                                   \
        a1 += x * q;                                                                                                   \
        a2 += x * r;                                                                                                   \
        a3 += x * s;                                                                                                   \
        if (pixels == 2) {                                                                                             \
            const int32_t z = b[i];                                                                                    \
            b0 += z * p;                                                                                               \
            b1 += z * q;                                                                                               \
            b2 += z * r;                                                                                               \
            b3 += z * s;                                                                                               \
        }                                                                                                              \
        __asm__ volatile("" ::: "memory"); /* loads stay in their step: more values than registers otherwise */        \
    } while (0)
    for (; n >= 4; n -= 4, a += 4, b += 4, u += 4, v += 4, w += 4, y += 4) {
        TK_STEP(0);
        TK_STEP(1);
        TK_STEP(2);
        TK_STEP(3);
    }
    for (int i = 0; i < n; ++i)
        TK_STEP(i);
#undef TK_STEP
    au[0] = a0;
    au[1] = a1;
    au[2] = a2;
    au[3] = a3;
    if (pixels == 2) {
        bu[0] = b0;
        bu[1] = b1;
        bu[2] = b2;
        bu[3] = b3;
    }
#endif
}
#endif
