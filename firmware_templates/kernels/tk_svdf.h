/* SPDX-License-Identifier: 0BSD
 * SVDF: each filter is a dot product with the newest input, remembered for some inferences and weighted over time. */
#ifndef TK_SVDF_H
#define TK_SVDF_H

#include <stdint.h>

typedef struct tk_svdf {
    const int8_t *feature; /**< [units * rank, inputs] */
    const void *time;      /**< [units * rank, memory], int8 or int16 as the state is */
    const int32_t *bias;   /**< [units] */
    int32_t batches, inputs, units, rank, memory;
    int32_t offset;                           /**< -(the input's zero point) */
    int32_t state_multiplier, state_shift;    /**< from a dot product to the state */
    int32_t state_zero_point;
    int32_t multiplier, shift, zero_point;    /**< from the sum over time to the output */
} tk_svdf;

/** inputs[0]: [batches, inputs]; inputs[1]: the state, [batches, units * rank, memory], which is moved on. */
void tk_svdf_s8(const tk_svdf *p, const int8_t *const *inputs, int8_t *out, void *scratch);
/** The same with a state of int16. */
void tk_svdf_s16(const tk_svdf *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
