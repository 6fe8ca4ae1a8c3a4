/* SPDX-License-Identifier: 0BSD
 * Float at the edges of a model: TFLite's QUANTIZE and DEQUANTIZE, exactly. */
#ifndef TK_EDGE_H
#define TK_EDGE_H

#include <stdint.h>

/** The integer from `low` to `high`, 16 bits at most, nearest to value / scale + zero_point, halves away from zero; NaN gives
 * the zero point. */
static inline int32_t tk_quantised(float value, float scale, int32_t zero_point, int32_t low, int32_t high)
{
    const float x = value / scale;
    if (!(x == x))
        return zero_point;
    if (x >= 131072.0f)
        return high;
    if (x <= -131072.0f)
        return low;
    int32_t q = (int32_t)x;
    const float rest = x - (float)q;
    q += rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
    q += zero_point;
    return q < low ? low : q > high ? high : q;
}

static inline int8_t tk_quantise(float value, float scale, int32_t zero_point)
{
    return (int8_t)tk_quantised(value, scale, zero_point, INT8_MIN, INT8_MAX);
}

static inline int16_t tk_quantise16(float value, float scale, int32_t zero_point)
{
    return (int16_t)tk_quantised(value, scale, zero_point, INT16_MIN, INT16_MAX);
}

/** scale * (stored - zero_point). */
static inline float tk_dequantise(int32_t stored, float scale, int32_t zero_point)
{
    return scale * (float)(stored - zero_point);
}
#endif
