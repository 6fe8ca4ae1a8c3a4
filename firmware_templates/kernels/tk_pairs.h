/* SPDX-License-Identifier: 0BSD
 * Loops over two int8 operands that broadcast against each other, around any function of a pair of values. */
#ifndef TK_PAIRS_H
#define TK_PAIRS_H

#include <stdint.h>

/** How the operands lie. Row kernels use the last two axes, pixels and channels. */
typedef struct tk_operands {
    const int8_t *first, *second;               /**< a constant operand; 0: the operand is an input */
    int32_t count[5];                           /**< axes of the output, outermost first */
    int32_t first_stride[5], second_stride[5];  /**< step of each operand on these axes, 0 where it is repeated */
} tk_operands;

/** f(p, x, y), where p holds the operator's constants. */
typedef int8_t tk_of_pair(const void *p, int8_t x, int8_t y);

static inline int8_t *tk_pairs_pixels(const tk_operands *o, tk_of_pair *f, const void *p, const int8_t *x,
                                      const int8_t *y, int8_t *out, int32_t pixels)
{
    for (; pixels > 0; --pixels, x += o->first_stride[3], y += o->second_stride[3])
        for (int32_t c = 0; c < o->count[4]; ++c)
            *out++ = f(p, x[c * o->first_stride[4]], y[c * o->second_stride[4]]);
    return out;
}

/** Pixels [x0, x1) of a row. */
static inline void tk_pairs_row(const tk_operands *o, tk_of_pair *f, const void *p, const int8_t *const *rows,
                                int8_t *out, int x0, int x1)
{
    const int8_t *const x = o->first ? o->first : *rows++;
    const int8_t *const y = o->second ? o->second : *rows;
    tk_pairs_pixels(o, f, p, x + x0 * o->first_stride[3], y + x0 * o->second_stride[3], out, x1 - x0);
}

/** The whole output. */
static inline void tk_pairs(const tk_operands *o, tk_of_pair *f, const void *p, const int8_t *const *inputs, int8_t *out)
{
    const int8_t *const x = o->first ? o->first : *inputs++;
    const int8_t *const y = o->second ? o->second : *inputs;
    for (int32_t i = 0; i < o->count[0]; ++i)
        for (int32_t j = 0; j < o->count[1]; ++j)
            for (int32_t k = 0; k < o->count[2]; ++k)
                out = tk_pairs_pixels(o, f, p,
                                      x + i * o->first_stride[0] + j * o->first_stride[1] + k * o->first_stride[2],
                                      y + i * o->second_stride[0] + j * o->second_stride[1] + k * o->second_stride[2],
                                      out, o->count[3]);
}
#endif
