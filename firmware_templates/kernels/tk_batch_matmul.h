/* SPDX-License-Identifier: 0BSD
 * BATCH_MATMUL of int8 matrices. */
#ifndef TK_BATCH_MATMUL_H
#define TK_BATCH_MATMUL_H

#include <stdint.h>

typedef struct tk_batch_matmul {
    const int8_t *first, *second;              /**< a constant operand; 0: the operand is an input */
    int32_t count[3];                          /**< axes before the matrices, outermost first */
    int32_t first_stride[3], second_stride[3]; /**< step of each operand on these axes, 0 where it is repeated */
    int32_t rows, depth, columns;              /**< [rows, depth] times [depth, columns] */
    int32_t row, first_step;                   /**< the first operand's steps from row to row and along one */
    int32_t column, second_step;               /**< the second operand's from column to column and along one */
    int32_t first_zero_point, second_zero_point;
    int32_t multiplier, shift, zero_point;     /**< of the output */
} tk_batch_matmul;

/** Rows [x0, x1) of one product; `rows` has the first matrix and, unless that is a constant, the second. */
void tk_batch_matmul_row_s8(const tk_batch_matmul *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                            void *scratch);
void tk_batch_matmul_s8(const tk_batch_matmul *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
