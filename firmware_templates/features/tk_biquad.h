/* SPDX-License-Identifier: 0BSD
 * Second-order filter sections in fixed point: coefficients in 2^-29, samples of 24 bits and more in int32. */
#ifndef TK_BIQUAD_H
#define TK_BIQUAD_H

#include <stdint.h>

/** y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''. */
typedef struct tk_biquad {
    int32_t b0, b1, b2, a1, a2;
} tk_biquad;

/** What a section remembers. */
typedef struct tk_biquad_state {
    int32_t x1, x2, y1, y2;
} tk_biquad_state;

/** Forgets everything but `x`, which a section is taken to have been given for ever: it answers with `x` where it passes
 * constants, else with 0. Returns that answer, the next section's `x`. */
static inline int32_t tk_biquad_begin(const tk_biquad *section, tk_biquad_state *state, int32_t x)
{
    const int32_t y = section->b1 < 0 ? 0 : x; /* the zeros of a high-pass lie at frequency 0 */
    *state = (tk_biquad_state) { x, x, y, y };
    return y;
}

/** The next sample. */
static inline int32_t tk_biquad_run(const tk_biquad *section, tk_biquad_state *state, int32_t x)
{
    const int64_t sum = (int64_t)section->b0 * x + (int64_t)section->b1 * state->x1 + (int64_t)section->b2 * state->x2
        - (int64_t)section->a1 * state->y1 - (int64_t)section->a2 * state->y2;
    const int32_t y = (int32_t)((sum + (1 << 28)) >> 29);
    state->x2 = state->x1;
    state->x1 = x;
    state->y2 = state->y1;
    state->y1 = y;
    return y;
}

#endif
