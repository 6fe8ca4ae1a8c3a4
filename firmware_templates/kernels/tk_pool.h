/* SPDX-License-Identifier: 0BSD
 * AVERAGE_POOL_2D and MAX_POOL_2D of int8 maps; what lies outside the map does not count. */
#ifndef TK_POOL_H
#define TK_POOL_H

#include <stdint.h>

typedef struct tk_pool {
    int32_t width, channels; /**< of the input */
    int32_t kernel_h, kernel_w, stride_w, pad_left;
    int8_t low, high; /**< activation range */
} tk_pool;

void tk_average_pool_row_s8(const tk_pool *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_max_pool_row_s8(const tk_pool *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
