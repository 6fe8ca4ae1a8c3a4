/* SPDX-License-Identifier: 0BSD
 * TRANSPOSE of an int8 tensor. */
#ifndef TK_TRANSPOSE_H
#define TK_TRANSPOSE_H

#include <stdint.h>

typedef struct tk_transpose {
    int32_t count[5], stride[5]; /**< axes of the output, outermost first: size and step in the input */
} tk_transpose;

void tk_transpose_s8(const tk_transpose *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
