/* SPDX-License-Identifier: 0BSD
 * CONV_2D and FULLY_CONNECTED, int8, for cores with Helium: sixteen taps at a time, four output channels of one to three
 * pixels. For outputs that use all of int8. */
#ifndef TK_CONV_MVE_H
#define TK_CONV_MVE_H

#include <stdint.h>

typedef struct tk_conv_mve {
    /** For each four channels (0, 1, 2, 3): the weights of 0 and 2, then those of 1 and 3, by turns for each group of taps, the
     * first of 8 or 16, the others of 16; then four biases, multipliers, and (as bytes) negative right shifts. */
    const uint32_t *weights;
    int32_t taps;            /**< of a window, filled up with zero weights to a multiple of 8 */
    int16_t in_width, in_channels, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
    int8_t zero_point;       /**< the input's */
    int8_t out_zero_point;
    int8_t rounds;           /**< see tk_mve_output */
} tk_conv_mve;

/** Computes pixels [x0, x1) of an output row. `rows` holds (kernel_height - 1) * row_dilation + 1 input rows, NULL for
 * rows outside the image, which count as the input's zero point. `scratch`: 3 * taps bytes. */
void tk_conv_mve_row_s8(const tk_conv_mve *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);

/** A 1x1 convolution of stride 1: output pixels [x0, x1) of the row (or the whole map) at rows[0]. `scratch`: 3 * taps
 * bytes where in_channels is no multiple of 8, else unused. */
void tk_pointwise_mve_row_s8(const tk_conv_mve *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);

/** A dense layer with `in_width` batches. `scratch` as above. */
void tk_fully_connected_mve_s8(const tk_conv_mve *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
