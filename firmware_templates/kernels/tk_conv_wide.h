/* SPDX-License-Identifier: 0BSD
 * CONV_2D, int8, for cores with the DSP extension: windows of three pixels are widened in scratch, then multiplied with two
 * output channels at a time. For outputs that use all of int8. */
#ifndef TK_CONV_WIDE_H
#define TK_CONV_WIDE_H

#include <stdint.h>

typedef struct tk_conv_wide {
    /** For each pair of channels: two biases; for each group of four taps, four weights of one and four of the other; two
     * doubled multipliers, two roundings (see tk_wide.h). */
    const uint32_t *weights;
    int16_t groups;          /**< of four taps in a window, the last filled up with zero weights */
    int16_t in_width, in_channels, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
    int8_t zero_point;       /**< the input's */
} tk_conv_wide;

/** Computes pixels [x0, x1) of an output row. `rows` holds (kernel_height - 1) * row_dilation + 1 input rows, NULL for
 * rows outside the image, which count as the input's zero point. `scratch`: 28 * groups bytes, word-aligned. */
void tk_conv_wide_row_s8(const tk_conv_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);

/** A 1x1 convolution of stride 1: output pixels [x0, x1) of the row (or the whole map) at rows[0]. */
void tk_pointwise_wide_row_s8(const tk_conv_wide *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
