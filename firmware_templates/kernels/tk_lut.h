/* SPDX-License-Identifier: 0BSD
 * Any function of one int8 value, as its table. */
#ifndef TK_LUT_H
#define TK_LUT_H

#include <stdint.h>

typedef struct tk_lut {
    const int8_t *table; /**< f(-128) ... f(127) */
    int32_t channels;
} tk_lut;

void tk_lut_row_s8(const tk_lut *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
