/* SPDX-License-Identifier: 0BSD
 * SOFTMAX over the channels of int8 pixels, to int8 with scale 1/256 and zero point -128, or to int16 with scale 1/65536
 * and zero point -32768. */
#ifndef TK_SOFTMAX_H
#define TK_SOFTMAX_H

#include <stdint.h>

typedef struct tk_softmax {
    const int32_t *exp; /**< exp(-d * scale * beta) in Q0.31 for the differences d = 0 ... entries - 1 */
    int32_t entries;    /**< for larger differences TFLite's exp counts as 0 */
    int32_t channels;
} tk_softmax;

void tk_softmax_row_s8(const tk_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_softmax_row_s8_s16(const tk_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
