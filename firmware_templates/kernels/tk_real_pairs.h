/* SPDX-License-Identifier: 0BSD
 * Functions of two float32 operands that broadcast against each other, as IEEE 754 rounds them. */
#ifndef TK_REAL_PAIRS_H
#define TK_REAL_PAIRS_H

#include <stdint.h>

#include "tk_real.h"

enum {
    TK_REAL_ADD,
    TK_REAL_DIV,
    TK_REAL_MAXIMUM,
    TK_REAL_MINIMUM,
    TK_REAL_MUL,
    TK_REAL_SQUARED_DIFFERENCE,
    TK_REAL_SUB
};

/** Row kernels use the last two axes, pixels and channels. */
typedef struct tk_real_pairs {
    const float *first, *second;               /**< a constant operand; 0: the operand is an input */
    int32_t count[5];                          /**< axes of the output, outermost first */
    int32_t first_stride[5], second_stride[5]; /**< step of each operand on these axes, 0 where it is repeated */
    int32_t function;                          /**< TK_REAL_ADD ... */
    float low, high;                           /**< activation range */
} tk_real_pairs;

void tk_real_pairs_row_f32(const tk_real_pairs *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_real_pairs_f32(const tk_real_pairs *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
