/* SPDX-License-Identifier: 0BSD
 * Activations widened to 16 bits before they are multiplied: a word of four int8 becomes two words of pairs, its bytes 0
 * and 2, and its bytes 1 and 3. Weights stay bytes in flash and are split the same way in a register, so that both agree
 * without reordering. One widening serves all output channels. */
#ifndef TK_WIDE_H
#define TK_WIDE_H

#include <stdint.h>

#include "tk_dsp.h"
#include "tk_math.h"

/** Widens `groups` words at `from` (any alignment); each group's two words go to `to`, the next group's `step` words on. */
static inline uint32_t *tk_widen(uint32_t *to, const int8_t *from, int groups, int step)
{
    for (; groups > 0; --groups, from += 4, to += step) {
        const uint32_t word = tk_load4(from);
        to[0] = tk_even(0, word);
        to[1] = tk_odd(0, word);
    }
    return to;
}

/** Copies `count` bytes, by words as far as they go. */
static inline void tk_copy(int8_t *to, const int8_t *from, int count)
{
    for (; count >= 4; count -= 4, from += 4, to += 4)
        tk_store4(to, tk_load4(from));
    for (; count > 0; --count)
        *to++ = *from++;
}

/** TFLite's double rounding, the zero point and saturation to int8 at once, for right shifts s of 1 to 24: `doubled` is
 * twice the multiplier, wrapped; `rounding` is (2 * zero point + 1) * 2^(s - 1), whose trailing zeros tell s. Where the
 * addition saturates, the output does. */
static inline int8_t tk_wide_output(int32_t sum, int32_t doubled, int32_t rounding)
{
    const int32_t high = tk_smmlar(sum, doubled, sum);
    return (int8_t)tk_ssat8(tk_qadd(high + (high >> 31), rounding) >> __builtin_ctz((uint32_t)rounding) >> 1);
}
#endif
