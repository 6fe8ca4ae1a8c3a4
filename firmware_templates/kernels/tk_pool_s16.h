/* SPDX-License-Identifier: 0BSD
 * AVERAGE_POOL_2D and MAX_POOL_2D of int16 maps; pixels outside the map do not count. */
#ifndef TK_POOL_S16_H
#define TK_POOL_S16_H

#include <stdint.h>

typedef struct tk_pool_s16 {
    int32_t width, channels; /**< of the input */
    int32_t kernel_h, kernel_w, stride_w, pad_left;
    int16_t low, high;       /**< activation range */
} tk_pool_s16;

/** Computes pixels [x0, x1) of an output row from kernel_h input rows, NULL where one lies outside the map. */
void tk_average_pool_row_s16(const tk_pool_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                             void *scratch);
void tk_max_pool_row_s16(const tk_pool_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
