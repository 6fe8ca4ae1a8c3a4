/* SPDX-License-Identifier: 0BSD
 * Power of a signal in triangular bands of its spectrum, frame by frame, as int8 levels. */
#ifndef TK_MEL_H
#define TK_MEL_H

#include <stdint.h>

/** Tables of one window length. */
typedef struct tk_mel {
    uint16_t window;        /**< N, a power of two up to 1024 */
    uint16_t bands;
    const int16_t *hann;    /**< [N] in 2^-15 */
    const int32_t *twiddle; /**< cosine and sine [N / 2][2] of -2 pi n / N, in 2^-30 */
    const uint16_t *order;  /**< [N] where each sample goes before the first stage */
    const uint16_t *first;  /**< [bands] first bin of each triangle */
    const uint16_t *bins;   /**< [bands] and how many it has */
    const uint16_t *weight; /**< of all bins of all triangles, in 2^-8 */
} tk_mel;

/** Writes the level of each band of the `window` samples given, which lie in +-32767: -128 and one more for each of the 255 ascending
 * `thresholds` that its power reaches. `scratch` holds 2 N values. */
void tk_mel_levels(const tk_mel *mel, const int16_t *samples, const uint64_t *thresholds, int32_t *scratch, int8_t *levels);

#endif
