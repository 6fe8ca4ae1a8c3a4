/* SPDX-License-Identifier: 0BSD
 * QUANTIZE from one integer type to another: int8, int16 and int32. */
#ifndef TK_REQUANTISE_H
#define TK_REQUANTISE_H

#include <stdint.h>

typedef struct tk_requantise_pair {
    int32_t in_bytes, out_bytes; /**< of an element */
    int32_t in_zero_point, zero_point;
    int32_t multiplier, shift;
    int32_t low, high;           /**< the output's ends */
    int32_t channels;
} tk_requantise_pair;

void tk_requantise_row(const tk_requantise_pair *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                       void *scratch);
#endif
