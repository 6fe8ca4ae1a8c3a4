/* SPDX-License-Identifier: 0BSD
 * PAD of int8 tensors with one value. */
#ifndef TK_PAD_H
#define TK_PAD_H

#include <stdint.h>

/** Rows, columns and channels of a map. */
typedef struct tk_pad {
    int32_t width, channels; /**< of the input */
    int32_t left;            /**< columns before the input's first */
    int32_t before, after;   /**< channels around the input's */
    int8_t value;
} tk_pad;

/** Any axes: the input's innermost runs, copied into a filled output. */
typedef struct tk_pad_tensor {
    int32_t bytes;                 /**< of the output */
    int32_t first;                 /**< where the first run goes */
    int32_t count[4], stride[4];   /**< axes outside a run, outermost first: size and step in the output */
    int32_t run;                   /**< bytes of a run */
    int8_t value;
} tk_pad_tensor;

void tk_pad_row_s8(const tk_pad *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_pad_tensor_s8(const tk_pad_tensor *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
