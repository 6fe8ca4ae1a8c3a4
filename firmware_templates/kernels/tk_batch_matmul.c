/* SPDX-License-Identifier: 0BSD */
#include "tk_batch_matmul.h"

#include "tk_math.h"

static int8_t *multiply(const tk_batch_matmul *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    for (int32_t y = 0; y < p->rows; ++y) {
        for (int32_t x = 0; x < p->columns; ++x) {
            const int8_t *const row = a + y * p->row, *const column = b + x * p->column;
            int32_t sum = 0;
            for (int32_t k = 0; k < p->depth; ++k)
                sum += (row[k * p->first_step] - p->first_zero_point)
                       * (column[k * p->second_step] - p->second_zero_point);
            *out++ = tk_requantise_s8(sum, p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
        }
    }
    return out;
}

void tk_batch_matmul_s8(const tk_batch_matmul *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *const a = p->first ? p->first : *inputs++;
    const int8_t *const b = p->second ? p->second : *inputs;
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k)
                out = multiply(p, a + i * p->first_stride[0] + j * p->first_stride[1] + k * p->first_stride[2],
                               b + i * p->second_stride[0] + j * p->second_stride[1] + k * p->second_stride[2], out);
}
