/* SPDX-License-Identifier: 0BSD */
#include "tk_batch_matmul.h"

#include "tk_dot.h"
#include "tk_math.h"

enum { TK_MATMUL_COLUMNS = 4 };

/* To `start`, the products of a row with each of `count` neighbouring columns, which lie `column` bytes apart, are added. */
static inline void add_products(const tk_batch_matmul *p, const int8_t *row, const int8_t *b, int32_t column, int count,
                                int32_t start, int32_t *sums)
{
    const int32_t zero_point = p->first_zero_point, first_step = p->first_step, second_step = p->second_step;
    int32_t s[TK_MATMUL_COLUMNS] = { start, start, start, start };
    for (int32_t k = p->depth; k > 0; --k, row += first_step, b += second_step) {
        const int32_t x = *row - zero_point;
        for (int i = 0; i < count; ++i)
            s[i] += x * b[i * column];
    }
    for (int i = 0; i < count; ++i)
        sums[i] = s[i];
}

/* The same for TK_MATMUL_COLUMNS of them. */
static inline void add_columns(const tk_batch_matmul *p, const int8_t *row, const int8_t *b, int32_t start, int32_t *sums)
{
    if (p->first_step == 1 && p->second_step == 1) {
        for (int i = 0; i < TK_MATMUL_COLUMNS; i += 2, b += 2 * p->column) {
            const tk_sums from = { start, start, 0, 0 };
            const tk_sums two = tk_dot(row, row, b, b + p->column, p->depth, -p->first_zero_point, 1, from);
            sums[i] = two.au;
            sums[i + 1] = two.av;
        }
    } else if (p->column == 1) {
        add_products(p, row, b, 1, TK_MATMUL_COLUMNS, start, sums);
    } else {
        add_products(p, row, b, p->column, TK_MATMUL_COLUMNS, start, sums);
    }
}

/* One row of the first matrix times the second. */
static int8_t *multiply_row(const tk_batch_matmul *p, const int8_t *row, const int8_t *b, int8_t *out)
{
    int32_t sum = 0;
    for (int32_t k = 0; k < p->depth; ++k)
        sum += row[k * p->first_step] - p->first_zero_point;
    const int32_t start = -sum * p->second_zero_point;
    for (int32_t x = 0; x < p->columns;) {
        const int count = p->columns - x < TK_MATMUL_COLUMNS ? 1 : TK_MATMUL_COLUMNS;
        int32_t sums[TK_MATMUL_COLUMNS];
        if (count == 1)
            add_products(p, row, b + x * p->column, 0, 1, start, sums);
        else
            add_columns(p, row, b + x * p->column, start, sums);
        for (int i = 0; i < count; ++i)
            *out++ = tk_requantise_s8(sums[i], p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
        x += count;
    }
    return out;
}

void tk_batch_matmul_row_s8(const tk_batch_matmul *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                            void *scratch)
{
    (void)scratch;
    const int8_t *const b = p->second ? p->second : rows[1];
    for (int x = x0; x < x1; ++x)
        out = multiply_row(p, rows[0] + x * p->row, b, out);
}

void tk_batch_matmul_s8(const tk_batch_matmul *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *const a = p->first ? p->first : *inputs++;
    const int8_t *const b = p->second ? p->second : *inputs;
    for (int32_t i = 0; i < p->count[0]; ++i)
        for (int32_t j = 0; j < p->count[1]; ++j)
            for (int32_t k = 0; k < p->count[2]; ++k) {
                const int8_t *const first
                    = a + i * p->first_stride[0] + j * p->first_stride[1] + k * p->first_stride[2];
                const int8_t *const second
                    = b + i * p->second_stride[0] + j * p->second_stride[1] + k * p->second_stride[2];
                for (int32_t y = 0; y < p->rows; ++y)
                    out = multiply_row(p, first + y * p->row, second, out);
            }
}
