/* SPDX-License-Identifier: 0BSD */
#include "tk_join.h"

#include <string.h>

void tk_join_channels(const tk_join_maps *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    for (int x = x0; x < x1; ++x)
        for (int32_t i = 0; i < p->inputs; out += p->sizes[i++])
            memcpy(out, rows[i] + x * p->sizes[i], (size_t)p->sizes[i]);
}

void tk_join_pixels(const tk_join_maps *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0, begin = 0; i < p->inputs; begin += p->sizes[i++]) {
        const int first = x0 > begin ? x0 : begin;
        const int end = x1 < begin + p->sizes[i] ? x1 : begin + p->sizes[i];
        if (first < end)
            memcpy(out + (first - x0) * p->pixel, rows[i] + (first - begin) * p->pixel,
                   (size_t)((end - first) * p->pixel));
    }
}

/* The row lies in one of the inputs. */
void tk_join_rows(const tk_join_maps *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    while (!*rows)
        ++rows;
    memcpy(out, *rows + x0 * p->pixel, (size_t)((x1 - x0) * p->pixel));
}

void tk_join_tensors(const tk_join *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    for (int32_t j = 0; j < p->outer; ++j) {
        const int8_t *const *input = inputs;
        for (int32_t i = 0; i < p->inputs; out += p->runs[i++]) {
            const int8_t *const from = p->begins && p->begins[i] >= 0 ? p->constants + p->begins[i] : *input++;
            memcpy(out, from + j * p->runs[i], (size_t)p->runs[i]);
        }
    }
}
