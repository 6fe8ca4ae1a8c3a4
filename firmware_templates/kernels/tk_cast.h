/* SPDX-License-Identifier: 0BSD
 * CAST between integers and float32, as C converts; floats beyond the integer saturate, and what is no number gives 0. */
#ifndef TK_CAST_H
#define TK_CAST_H

#include <stdint.h>

enum { TK_CAST_INT8, TK_CAST_INT16, TK_CAST_INT32, TK_CAST_FLOAT32 };

typedef struct tk_cast {
    int32_t from, to; /**< TK_CAST_INT8 ... */
    int32_t channels;
} tk_cast;

void tk_cast_row(const tk_cast *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
