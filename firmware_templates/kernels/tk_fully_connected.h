/* SPDX-License-Identifier: 0BSD
 * FULLY_CONNECTED, int8. */
#ifndef TK_FULLY_CONNECTED_H
#define TK_FULLY_CONNECTED_H

#include <stdint.h>

#include "tk_channels.h"

typedef struct tk_fully_connected {
    const int8_t *weights; /**< [outputs][inputs] */
    const int32_t *bias;   /**< with the input's zero point folded in */
    tk_channels channels;
    int32_t batches, inputs, outputs;
} tk_fully_connected;

/** inputs[0]: [batches][inputs]; out: [batches][outputs]. */
void tk_fully_connected_s8(const tk_fully_connected *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
