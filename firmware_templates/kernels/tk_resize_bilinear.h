/* SPDX-License-Identifier: 0BSD
 * RESIZE_BILINEAR of int8 maps. */
#ifndef TK_RESIZE_BILINEAR_H
#define TK_RESIZE_BILINEAR_H

#include <stdint.h>

typedef struct tk_resize_bilinear {
    int32_t batch, map;                          /**< maps, and bytes of an input map */
    int32_t rows, cols, channels;                /**< of the output */
    const int32_t *row_first, *row_second;       /**< for each output row: bytes to the two input rows it lies between */
    const int32_t *col_first, *col_second;       /**< the same for columns, from the beginning of a row */
    const int16_t *row_rest, *col_rest;          /**< distance from the first in 1/1024 */
} tk_resize_bilinear;

void tk_resize_bilinear_s8(const tk_resize_bilinear *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
