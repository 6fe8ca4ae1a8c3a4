/* SPDX-License-Identifier: 0BSD
 * Float at the edges of a model: TFLite's QUANTIZE and DEQUANTIZE, exactly. */
#ifndef TK_EDGE_H
#define TK_EDGE_H

#include <stdint.h>

/** The int8 nearest to value / scale + zero_point, halves away from zero, saturated; NaN gives the zero point. */
static inline int8_t tk_quantise(float value, float scale, int32_t zero_point)
{
    const float x = value / scale;
    if (!(x == x))
        return (int8_t)zero_point;
    if (x >= 512.0f)
        return 127;
    if (x <= -512.0f)
        return -128;
    int32_t q = (int32_t)x;
    const float rest = x - (float)q;
    q += rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
    q += zero_point;
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

/** scale * (stored - zero_point). */
static inline float tk_dequantise(int8_t stored, float scale, int32_t zero_point)
{
    return scale * (float)(stored - zero_point);
}
#endif
