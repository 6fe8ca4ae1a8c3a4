/* SPDX-License-Identifier: 0BSD
 * QUANTIZE of float32, and DEQUANTIZE to it, inside a model. */
#ifndef TK_REAL_EDGE_H
#define TK_REAL_EDGE_H

#include <stdint.h>

typedef struct tk_real_edge {
    float scale; /**< of the stored side */
    int32_t zero_point;
    int32_t bytes; /**< of a stored element: 1 int8, 2 int16 */
    int32_t channels;
} tk_real_edge;

void tk_quantize_row_f32(const tk_real_edge *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_dequantize_row_f32(const tk_real_edge *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
