/* SPDX-License-Identifier: 0BSD
 * Power of a signal in wavelet bands, frame by frame, as int8 levels. */
#ifndef TK_MORLET_H
#define TK_MORLET_H

#include <stdint.h>

/** One band: `taps` coefficients of its wavelet, and the points of a frame it is evaluated at. */
typedef struct tk_wavelet {
    const int16_t *real, *imaginary;
    uint16_t taps;   /**< odd */
    uint16_t first;  /**< sample of the window that the first coefficient meets at the first point */
    uint16_t points; /**< evaluations a frame */
    uint16_t step;   /**< samples between them, so that points * step is a frame */
} tk_wavelet;

/** Writes the level of each of `bands` bands of the frame in the middle of `window`; samples lie in +-32767. A level is -128 and
 * one more for each of the 255 ascending `thresholds` that the power reaches. */
void tk_morlet_levels(const tk_wavelet *bands, uint32_t count, const int16_t *window, const uint64_t *thresholds, int8_t *levels);

#endif
