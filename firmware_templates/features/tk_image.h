/* SPDX-License-Identifier: 0BSD
 * Pixels as cameras give them. */
#ifndef TK_IMAGE_H
#define TK_IMAGE_H

#include <stdint.h>

/** 0 to 255. */
static inline uint8_t tk_byte(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

/** Red, green and blue of two bytes, red first. */
static inline void tk_rgb565(uint8_t first, uint8_t second, uint8_t *rgb)
{
    const uint32_t red = first >> 3, green = (uint32_t)(first & 7u) << 3 | second >> 5, blue = second & 31u;
    rgb[0] = (uint8_t)(red << 3 | red >> 2);
    rgb[1] = (uint8_t)(green << 2 | green >> 4);
    rgb[2] = (uint8_t)(blue << 3 | blue >> 2);
}

/** Of brightness and colour differences: BT.601, full range. */
static inline void tk_yuv(uint8_t luma, uint8_t u, uint8_t v, uint8_t *rgb)
{
    const int32_t y = 256 * luma + 128, blue = u - 128, red = v - 128;
    rgb[0] = tk_byte((y + 359 * red) >> 8);
    rgb[1] = tk_byte((y - 88 * blue - 183 * red) >> 8);
    rgb[2] = tk_byte((y + 454 * blue) >> 8);
}

/** Brightness of a colour. */
static inline uint8_t tk_grey(const uint8_t *rgb) { return (uint8_t)((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8); }

#endif
