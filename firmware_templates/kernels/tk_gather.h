/* SPDX-License-Identifier: 0BSD
 * Runs of a tensor picked by an index for each axis: RESIZE_NEAREST_NEIGHBOR, TILE, MIRROR_PAD. */
#ifndef TK_GATHER_H
#define TK_GATHER_H

#include <stdint.h>

typedef struct tk_gather {
    int32_t count[4];             /**< axes of the output outside a run, outermost first */
    const int32_t *i, *j, *k, *l; /**< for each index on these axes: bytes to where it lies in the input */
    int32_t run;                  /**< bytes of a run */
} tk_gather;

/** A row of which each pixel is one of an input row. */
typedef struct tk_gather_row {
    int32_t rows;           /**< places to look for the input row, of which one has it */
    const int32_t *columns; /**< for each pixel: bytes to where it lies in the input row */
    int32_t run;            /**< bytes of a pixel */
} tk_gather_row;

void tk_gather_row_bytes(const tk_gather_row *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_gather_bytes(const tk_gather *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
