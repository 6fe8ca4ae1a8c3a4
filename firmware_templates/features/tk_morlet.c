/* SPDX-License-Identifier: 0BSD */
#include "tk_morlet.h"

#include "tk_dsp.h"
#include "tk_levels.h"

/* Power of one point: squares of the sums of products with both parts of the wavelet. The magnitudes of its coefficients add up
 * to less than 2^16, so each sum fits. */
static uint64_t power_at(const tk_wavelet *band, const int16_t *samples)
{
    int32_t real = 0, imaginary = 0;
    uint32_t k = 0;
#if TK_DSP
    for (; k + 8 <= band->taps; k += 8) {
        const int8_t *const s = (const int8_t *)(samples + k);
        const int8_t *const r = (const int8_t *)(band->real + k);
        const int8_t *const i = (const int8_t *)(band->imaginary + k);
        for (uint32_t n = 0; n < 16; n += 4) {
            const uint32_t pair = tk_load4(s + n);
            real = tk_dual_mac(pair, tk_load4(r + n), real);
            imaginary = tk_dual_mac(pair, tk_load4(i + n), imaginary);
        }
    }
#endif
    for (; k < band->taps; ++k) {
        real += samples[k] * band->real[k];
        imaginary += samples[k] * band->imaginary[k];
    }
    const int64_t x = real >> 12, y = imaginary >> 12;
    return (uint64_t)(x * x + y * y);
}

void tk_morlet_levels(const tk_wavelet *bands, uint32_t count, const int16_t *window, const uint64_t *thresholds, int8_t *levels)
{
    for (uint32_t n = 0; n < count; ++n) {
        const tk_wavelet *const band = bands + n;
        uint64_t power = 0;
        for (uint32_t point = 0; point < band->points; ++point)
            power += power_at(band, window + band->first + point * band->step);
        levels[n] = tk_level(thresholds, power * band->step);
    }
}
