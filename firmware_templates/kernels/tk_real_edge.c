/* SPDX-License-Identifier: 0BSD */
#include "tk_real_edge.h"

#include "tk_edge.h"
#include "tk_int16.h"
#include "tk_real.h"

void tk_quantize_row_f32(const tk_real_edge *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const float *const in = tk_in_f32(rows[0]) + x0 * p->channels;
    for (int i = 0; i < (x1 - x0) * p->channels; ++i) {
        if (p->bytes == 1)
            out[i] = tk_quantise(in[i], p->scale, p->zero_point);
        else
            tk_out16(out)[i] = tk_quantise16(in[i], p->scale, p->zero_point);
    }
}

void tk_dequantize_row_f32(const tk_real_edge *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    for (int i = 0, at = x0 * p->channels; i < (x1 - x0) * p->channels; ++i, ++at)
        tk_out_f32(out)[i] = tk_dequantise(p->bytes == 1 ? rows[0][at] : tk_in16(rows[0])[at], p->scale, p->zero_point);
}
