/* SPDX-License-Identifier: 0BSD
 * CONV_2D, int8, a scale for each output channel. */
#ifndef TK_CONV_H
#define TK_CONV_H

#include <stdint.h>

#include "tk_channels.h"

typedef struct tk_conv {
    const int8_t *weights;    /**< [out_channels][kernel_height][kernel_width][in_channels] */
    const int32_t *bias;      /**< with the input's zero point folded in, for windows inside the image */
    const int32_t *edge_bias; /**< without, for windows that reach outside; NULL where none does */
    tk_channels channels;
    int32_t offset;           /**< minus the input's zero point */
    int16_t in_width, in_channels, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
} tk_conv;

/** Computes pixels [x0, x1) of an output row. `rows` holds (kernel_height - 1) * row_dilation + 1 input rows, NULL for
 * rows outside the image, which count as the input's zero point. */
void tk_conv_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);

/** The same with windows copied to `scratch`, 2 * kernel_height * kernel_width * in_channels bytes; needs no edge_bias. */
void tk_conv_gathered_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);

/** A 1x1 convolution of stride 1: output pixels [x0, x1) of the row (or the whole map) at rows[0]. */
void tk_pointwise_row_s8(const tk_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
