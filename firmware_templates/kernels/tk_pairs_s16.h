/* SPDX-License-Identifier: 0BSD
 * Loops over two int16 operands that broadcast against each other, around any function of a pair of values. */
#ifndef TK_PAIRS_S16_H
#define TK_PAIRS_S16_H

#include <stdint.h>

#include "tk_int16.h"

/** The operands and the constants of one operator; what it does not need stays 0. Row kernels use the last two axes,
 * pixels and channels. */
typedef struct tk_pairs_s16 {
    const int16_t *first, *second;              /**< a constant operand; 0: the operand is an input */
    int32_t count[5];                           /**< axes of the output, outermost first */
    int32_t first_stride[5], second_stride[5];  /**< step of each operand on these axes, 0 where it is repeated */
    int32_t first_multiplier, first_shift;      /**< of a sum: to a common scale */
    int32_t second_multiplier, second_shift;
    int32_t multiplier, shift;                  /**< of the result */
    int16_t low, high;                          /**< activation range */
} tk_pairs_s16;

typedef int16_t tk_of_pair_s16(const tk_pairs_s16 *p, int16_t x, int16_t y);

/** The result's scale and range. */
static inline int16_t tk_pairs_result_s16(const tk_pairs_s16 *p, int32_t value)
{
    return (int16_t)tk_clamp(tk_requantise(value, p->multiplier, p->shift), p->low, p->high);
}

static inline int16_t *tk_pairs_pixels_s16(const tk_pairs_s16 *p, tk_of_pair_s16 *f, const int16_t *x, const int16_t *y,
                                           int16_t *out, int32_t pixels)
{
    for (; pixels > 0; --pixels, x += p->first_stride[3], y += p->second_stride[3])
        for (int32_t c = 0; c < p->count[4]; ++c)
            *out++ = f(p, x[c * p->first_stride[4]], y[c * p->second_stride[4]]);
    return out;
}

/** Pixels [x0, x1) of a row. */
static inline void tk_pairs_row_s16(const tk_pairs_s16 *p, tk_of_pair_s16 *f, const int8_t *const *rows, int8_t *out,
                                    int x0, int x1)
{
    const int16_t *const x = p->first ? p->first : tk_in16(*rows++);
    const int16_t *const y = p->second ? p->second : tk_in16(*rows);
    tk_pairs_pixels_s16(p, f, x + x0 * p->first_stride[3], y + x0 * p->second_stride[3], tk_out16(out), x1 - x0);
}

/** The whole output. */
static inline void tk_pairs_whole_s16(const tk_pairs_s16 *p, tk_of_pair_s16 *f, const int8_t *const *inputs,
                                      int8_t *bytes)
{
    const int16_t *const x = p->first ? p->first : tk_in16(*inputs++);
    const int16_t *const y = p->second ? p->second : tk_in16(*inputs);
    int16_t *out = tk_out16(bytes);
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                out = tk_pairs_pixels_s16(p, f,
                                          x + i * p->first_stride[0] + j * p->first_stride[1] + k * p->first_stride[2],
                                          y + i * p->second_stride[0] + j * p->second_stride[1] + k * p->second_stride[2],
                                          out, p->count[3]);
}
#endif
