/* SPDX-License-Identifier: 0BSD */
#include "tk_cast.h"

#include "tk_int16.h"
#include "tk_real.h"

static const int32_t *in32(const int8_t *bytes) { return (const int32_t *)(const void *)bytes; }
static int32_t *out32(int8_t *bytes) { return (int32_t *)(void *)bytes; }

static int32_t integer(int32_t type, const int8_t *in, int i)
{
    return type == TK_CAST_INT8 ? in[i] : type == TK_CAST_INT16 ? tk_in16(in)[i] : in32(in)[i];
}

static int32_t truncated(float value, int32_t low, int32_t high)
{
    if (!(value == value))
        return 0;
    if (value >= 2147483648.0f)
        return high;
    if (value < -2147483648.0f)
        return low;
    return tk_clamp((int32_t)value, low, high);
}

static void store(int32_t type, int8_t *out, int i, int32_t value)
{
    if (type == TK_CAST_INT8)
        out[i] = (int8_t)value;
    else if (type == TK_CAST_INT16)
        tk_out16(out)[i] = (int16_t)value;
    else
        out32(out)[i] = value;
}

void tk_cast_row(const tk_cast *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    static const int32_t low[] = {INT8_MIN, INT16_MIN, INT32_MIN}, high[] = {INT8_MAX, INT16_MAX, INT32_MAX};
    for (int i = 0, at = x0 * p->channels; i < (x1 - x0) * p->channels; ++i, ++at) {
        if (p->from != TK_CAST_FLOAT32 && p->to != TK_CAST_FLOAT32)
            store(p->to, out, i, integer(p->from, rows[0], at));
        else if (p->from != TK_CAST_FLOAT32)
            tk_out_f32(out)[i] = (float)integer(p->from, rows[0], at);
        else if (p->to == TK_CAST_FLOAT32)
            tk_out_f32(out)[i] = tk_in_f32(rows[0])[at];
        else
            store(p->to, out, i, truncated(tk_in_f32(rows[0])[at], low[p->to], high[p->to]));
    }
}
