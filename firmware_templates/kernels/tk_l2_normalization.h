/* SPDX-License-Identifier: 0BSD
 * L2_NORMALIZATION over the channels of int8 pixels, to int8 with scale 1/128 and zero point 0. */
#ifndef TK_L2_NORMALIZATION_H
#define TK_L2_NORMALIZATION_H

#include <stdint.h>

typedef struct tk_l2_normalization {
    int32_t zero_point; /**< of the input */
    int32_t channels;
} tk_l2_normalization;

void tk_l2_normalization_row_s8(const tk_l2_normalization *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                                void *scratch);
#endif
