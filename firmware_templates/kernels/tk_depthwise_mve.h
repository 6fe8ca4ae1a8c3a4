/* SPDX-License-Identifier: 0BSD
 * DEPTHWISE_CONV_2D, int8, for cores with Helium: sixteen lanes at a time, which are channels of one pixel or, where there
 * are only 2, 4 or 8 channels, neighbouring pixels too. For multiplier 1 and outputs that use all of int8. */
#ifndef TK_DEPTHWISE_MVE_H
#define TK_DEPTHWISE_MVE_H

#include <stdint.h>

typedef struct tk_depthwise_mve {
    /** For each block of sixteen lanes: biases; for each tap sixteen weights; multipliers; negative right shifts (as bytes).
     * All but the weights are those of lanes 0, 4, 8, 12, then 2, 6, 10, 14, then 1 ..., then 3 ... The last block ends with
     * the last channel. Of two neighbouring taps, the weights' magnitudes add up to 255 at most. */
    const uint32_t *weights;
    int16_t in_width, channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
    int16_t together;        /**< pixels in sixteen lanes; more than one for stride 1 only */
    int8_t zero_point;       /**< the input's */
    int8_t out_zero_point;
    int8_t rounds;           /**< see tk_mve_output */
} tk_depthwise_mve;

/** Computes pixels [x0, x1) of an output row. `rows` holds (kernel_height - 1) * row_dilation + 1 input rows, NULL for
 * rows outside the image, which count as the input's zero point. `scratch`: a pointer for each tap, then `channels` bytes
 * or, with several pixels together, the columns of all their windows and 16 bytes. */
void tk_depthwise_mve_row_s8(const tk_depthwise_mve *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
