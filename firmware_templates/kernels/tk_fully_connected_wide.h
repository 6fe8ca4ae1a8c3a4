/* SPDX-License-Identifier: 0BSD
 * FULLY_CONNECTED, int8, for cores with the DSP extension: the input is widened once in scratch, then multiplied with four
 * outputs at a time. For outputs that use all of int8. */
#ifndef TK_FULLY_CONNECTED_WIDE_H
#define TK_FULLY_CONNECTED_WIDE_H

#include <stdint.h>

typedef struct tk_fully_connected_wide {
    const int8_t *weights; /**< for each four outputs, for each group of four inputs: four weights of each output */
    const int32_t *table;  /**< for each four outputs: four biases, doubled multipliers, roundings (see tk_wide.h) */
    int32_t batches, inputs, outputs;
} tk_fully_connected_wide;

/** inputs[0] is [batches][inputs], out is [batches][outputs]. `scratch`: two bytes for each input, rounded up to a multiple
 * of eight, word-aligned. */
void tk_fully_connected_wide_s8(const tk_fully_connected_wide *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
