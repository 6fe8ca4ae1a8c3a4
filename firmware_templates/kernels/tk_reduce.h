/* SPDX-License-Identifier: 0BSD
 * Reductions of a whole map, fed piece by piece, so that the map need never be there: global averages and dense layers.
 *
 * NAME_add takes elements [first, first + count) of the map, in whichever pieces they come; `sums`, all zero at first, holds
 * an accumulator for each output. NAME_finish makes the outputs of them. */
#ifndef TK_REDUCE_H
#define TK_REDUCE_H

#include <stdint.h>

#include "tk_channels.h"

/** MEAN over rows and columns; pieces are whole pixels. */
typedef struct tk_mean_reduce {
    int32_t channels;
    int32_t offset;                        /**< input zero point times the number of pixels */
    int32_t multiplier, shift, zero_point; /**< of the output; the division is part of the multiplier */
} tk_mean_reduce;

void tk_mean_reduce_s8_add(const tk_mean_reduce *p, const int8_t *in, int first, int count, int32_t *sums);
void tk_mean_reduce_s8_finish(const tk_mean_reduce *p, const int32_t *sums, int8_t *out);

/** AVERAGE_POOL_2D whose window is the map; pieces are whole pixels. */
typedef struct tk_average_reduce {
    int32_t channels, count; /**< count: pixels of the map */
    int32_t low, high;
} tk_average_reduce;

void tk_average_reduce_s8_add(const tk_average_reduce *p, const int8_t *in, int first, int count, int32_t *sums);
void tk_average_reduce_s8_finish(const tk_average_reduce *p, const int32_t *sums, int8_t *out);

/** FULLY_CONNECTED of a flattened map. */
typedef struct tk_dense_reduce {
    const int8_t *weights; /**< [outputs][inputs] */
    const int32_t *bias;   /**< with the input's zero point folded in */
    tk_channels channels;
    int32_t inputs, outputs;
} tk_dense_reduce;

void tk_dense_reduce_s8_add(const tk_dense_reduce *p, const int8_t *in, int first, int count, int32_t *sums);
void tk_dense_reduce_s8_finish(const tk_dense_reduce *p, const int32_t *sums, int8_t *out);
#endif
