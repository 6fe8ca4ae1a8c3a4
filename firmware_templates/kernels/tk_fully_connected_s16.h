/* SPDX-License-Identifier: 0BSD
 * FULLY_CONNECTED of int16 activations with int8 weights. */
#ifndef TK_FULLY_CONNECTED_S16_H
#define TK_FULLY_CONNECTED_S16_H

#include <stdint.h>

#include "tk_channels_s16.h"

typedef struct tk_fully_connected_s16 {
    const int8_t *weights; /**< [outputs][inputs] */
    tk_channels_s16 channels;
    int32_t batches, inputs, outputs;
} tk_fully_connected_s16;

void tk_fully_connected_layer_s16(const tk_fully_connected_s16 *p, const int8_t *const *inputs, int8_t *out,
                                  void *scratch);
#endif
