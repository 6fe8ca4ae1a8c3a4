/* SPDX-License-Identifier: 0BSD
 * SLICE of tensors of any element size. Lengths and steps are in bytes unless they count. */
#ifndef TK_SLICE_H
#define TK_SLICE_H

#include <stdint.h>

/** Columns and channels of a map; which rows is the caller's to say. */
typedef struct tk_slice_row {
    int32_t element;      /**< bytes of one */
    int32_t first;        /**< where the first element lies in an input row */
    int32_t pixel_stride; /**< to the next pixel that is taken */
    int32_t stride;       /**< to the next channel that is taken */
    int32_t channels;     /**< how many channels are taken */
} tk_slice_row;

/** Any axes: runs of the input, one after the other in the output. */
typedef struct tk_slice {
    int32_t first;               /**< where the first run lies */
    int32_t count[5], stride[5]; /**< axes outside a run, outermost first: size and step in the input */
    int32_t run;
} tk_slice;

void tk_slice_row_bytes(const tk_slice_row *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_slice_bytes(const tk_slice *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
