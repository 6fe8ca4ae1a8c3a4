/* SPDX-License-Identifier: 0BSD */
#include "tk_mel.h"

#include "tk_levels.h"

/* Radix 2, in place, decimated in time; real and imaginary parts side by side. They grow to N * 2^19 < 2^31. */
static void transform(const tk_mel *mel, int32_t (*x)[2])
{
    const uint32_t n = mel->window;

    for (uint32_t half = 1; half < n; half *= 2) {
        for (uint32_t k = 0; k < half; ++k) {
            const int64_t cosine = mel->twiddle[2 * k * (n / 2 / half)], sine = mel->twiddle[2 * k * (n / 2 / half) + 1];
            for (uint32_t i = k; i < n; i += 2 * half) {
                int32_t *const a = x[i], *const b = x[i + half];
                const int32_t re = (int32_t)((b[0] * cosine - b[1] * sine + (1 << 29)) >> 30);
                const int32_t im = (int32_t)((b[0] * sine + b[1] * cosine + (1 << 29)) >> 30);
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
        }
    }
}

void tk_mel_levels(const tk_mel *mel, const int16_t *samples, const uint64_t *thresholds, int32_t *scratch, int8_t *levels)
{
    int32_t(*const x)[2] = (int32_t(*)[2])scratch;
    const uint16_t *weight = mel->weight;

    for (uint32_t i = 0; i < mel->window; ++i) {
        x[mel->order[i]][0] = samples[i] * mel->hann[i] >> 11;
        x[mel->order[i]][1] = 0;
    }
    transform(mel, x);
    for (uint32_t band = 0; band < mel->bands; ++band) {
        uint64_t power = 0;
        for (uint32_t k = 0; k < mel->bins[band]; ++k) {
            const int64_t re = x[mel->first[band] + k][0], im = x[mel->first[band] + k][1];
            power += ((uint64_t)(re * re + im * im) >> 8) * *weight++;
        }
        levels[band] = tk_level(thresholds, power);
    }
}
