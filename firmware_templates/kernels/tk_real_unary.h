/* SPDX-License-Identifier: 0BSD
 * Functions of one float32, as IEEE 754 rounds them. */
#ifndef TK_REAL_UNARY_H
#define TK_REAL_UNARY_H

#include <stdint.h>

enum {
    TK_REAL_ABS,
    TK_REAL_LEAKY_RELU,
    TK_REAL_NEG,
    TK_REAL_RELU,
    TK_REAL_RELU6,
    TK_REAL_RSQRT,
    TK_REAL_SQRT,
    TK_REAL_SQUARE
};

typedef struct tk_real_unary {
    int32_t function; /**< TK_REAL_ABS ... */
    int32_t channels;
    float alpha;      /**< LEAKY_RELU's slope below 0 */
} tk_real_unary;

void tk_real_row_f32(const tk_real_unary *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
