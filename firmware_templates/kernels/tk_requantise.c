/* SPDX-License-Identifier: 0BSD */
#include "tk_requantise.h"

#include <string.h>

#include "tk_math.h"

static int32_t load(const int8_t *from, int bytes)
{
    int16_t two;
    int32_t four;
    switch (bytes) {
    case 1:
        return *from;
    case 2:
        memcpy(&two, from, sizeof two);
        return two;
    default:
        memcpy(&four, from, sizeof four);
        return four;
    }
}

static void store(int8_t *to, int bytes, int32_t value)
{
    const int16_t two = (int16_t)(bytes == 2 ? value : 0);
    if (bytes == 1)
        *to = (int8_t)value;
    else if (bytes == 2)
        memcpy(to, &two, sizeof two);
    else
        memcpy(to, &value, sizeof value);
}

void tk_requantise_row(const tk_requantise_pair *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                       void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0] + x0 * p->channels * p->in_bytes;
    for (int i = (x1 - x0) * p->channels; i > 0; --i, in += p->in_bytes, out += p->out_bytes) {
        const int32_t x = tk_wrap((uint32_t)load(in, p->in_bytes) - (uint32_t)p->in_zero_point);
        const int32_t scaled = tk_requantise(x, p->multiplier, p->shift);
        const int32_t value = tk_wrap((uint32_t)scaled + (uint32_t)p->zero_point);
        store(out, p->out_bytes, tk_clamp(value, p->low, p->high));
    }
}
