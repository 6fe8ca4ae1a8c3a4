/* SPDX-License-Identifier: 0BSD
 * SPACE_TO_DEPTH and DEPTH_TO_SPACE of int8 maps. */
#ifndef TK_BLOCKS_H
#define TK_BLOCKS_H

#include <stdint.h>

typedef struct tk_blocks {
    int32_t block;    /**< rows and columns of one */
    int32_t channels; /**< of the map whose pixels make up blocks */
} tk_blocks;

void tk_space_to_depth_row_s8(const tk_blocks *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_depth_to_space_row_s8(const tk_blocks *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
