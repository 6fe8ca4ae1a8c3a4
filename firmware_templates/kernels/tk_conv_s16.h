/* SPDX-License-Identifier: 0BSD
 * CONV_2D and DEPTHWISE_CONV_2D of int16 activations with int8 weights, a scale for each output channel. */
#ifndef TK_CONV_S16_H
#define TK_CONV_S16_H

#include <stdint.h>

#include "tk_channels_s16.h"

typedef struct tk_conv_s16 {
    const int8_t *weights; /**< [out_channels][kernel_height][kernel_width][in_channels]; of a depthwise convolution
                            * [kernel_height][kernel_width][out_channels] */
    tk_channels_s16 channels;
    int16_t in_width, in_channels, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
} tk_conv_s16;

/** Computes pixels [x0, x1) of an output row. `rows` holds (kernel_height - 1) * row_dilation + 1 input rows, NULL for
 * rows outside the image, which count as 0. */
void tk_conv_row_s16(const tk_conv_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);

/** The same for a depthwise convolution; out_channels is a multiple of in_channels. */
void tk_depthwise_row_s16(const tk_conv_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
