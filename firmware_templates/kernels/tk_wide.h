/* SPDX-License-Identifier: 0BSD
 * Activations widened to 16 bits before they are multiplied: a word of four int8 becomes two words of pairs, its bytes 0
 * and 2, and its bytes 1 and 3. Weights stay bytes in flash and are split the same way in a register, so that both agree
 * without reordering. One widening serves all output channels. */
#ifndef TK_WIDE_H
#define TK_WIDE_H

#include <stdint.h>

#include "tk_dsp.h"
#include "tk_math.h"

/** Widens `groups` words at `from` (any alignment); each group's two words go to `to`, the next group's `step` words on.
 * `step` is a constant; returns where the next group goes. */
static inline __attribute__((always_inline)) uint32_t *tk_widen(uint32_t *to, const int8_t *from, int groups, const int step)
{
    for (; groups > 0; --groups) {
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__OPTIMIZE__)
        uint32_t even, word;
        __asm__ volatile("ldr %[word], [%[from]], #4\n"
                         "sxtb16 %[even], %[word]\n"
                         "sxtb16 %[word], %[word], ror #8\n"
                         "strd %[even], %[word], [%[to]], %[bytes]"
                         : [word] "=&r"(word), [even] "=&r"(even), [from] "+r"(from), [to] "+r"(to)
                         : [bytes] "i"(4 * step)
                         : "memory");
#else
        const uint32_t word = tk_load4(from);
        to[0] = tk_even(0, word);
        to[1] = tk_odd(0, word);
        from += 4;
        to += step;
#endif
    }
    return to;
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
