/* SPDX-License-Identifier: 0BSD
 * MEAN of an int8 tensor over any axes. */
#ifndef TK_MEAN_H
#define TK_MEAN_H

#include <stdint.h>

typedef struct tk_mean {
    int32_t kept[3], kept_stride[3];       /**< axes of the output, outermost first: size and step in the input */
    int32_t reduced[3], reduced_stride[3]; /**< axes averaged over */
    int32_t offset;                        /**< input zero point times the number of values averaged */
    int32_t multiplier, shift, zero_point; /**< of the output; the division is part of the multiplier */
} tk_mean;

void tk_mean_s8(const tk_mean *p, const int8_t *const *inputs, int8_t *out, void *scratch);

/** MEAN of the channels of each pixel. */
typedef struct tk_mean_channels {
    int32_t channels;
    int32_t offset;                        /**< input zero point times the number of channels */
    int32_t multiplier, shift, zero_point; /**< of the output; the division is part of the multiplier */
} tk_mean_channels;

void tk_mean_row_s8(const tk_mean_channels *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
