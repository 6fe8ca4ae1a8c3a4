/* SPDX-License-Identifier: 0BSD */
#include "tk_svdf.h"

#include <string.h>

#include "tk_math.h"

/* The newest element of a filter's state. */
static int32_t newest(const tk_svdf *p, const int8_t *weights, const int8_t *in, int32_t low, int32_t high)
{
    int32_t sum = 0;
    for (int i = 0; i < p->inputs; ++i)
        sum += weights[i] * (in[i] + p->offset);
    return p->state_zero_point + tk_clamp(tk_requantise(sum, p->state_multiplier, p->state_shift), low, high);
}

static int8_t result(const tk_svdf *p, uint32_t sum)
{
    return tk_requantise_s8(tk_wrap(sum), p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
}

static uint32_t over_time_s8(const tk_svdf *p, const int8_t *weights, int8_t *state, int32_t value)
{
    uint32_t sum = 0;
    memmove(state, state + 1, (size_t)p->memory - 1);
    state[p->memory - 1] = (int8_t)value;
    for (int i = 0; i < p->memory; ++i)
        sum += (uint32_t)(weights[i] * (state[i] - p->state_zero_point));
    return sum;
}

static uint32_t over_time_s16(const tk_svdf *p, const int16_t *weights, int16_t *state, int32_t value)
{
    uint32_t sum = 0;
    memmove(state, state + 1, ((size_t)p->memory - 1) * sizeof *state);
    state[p->memory - 1] = (int16_t)value;
    for (int i = 0; i < p->memory; ++i)
        sum += (uint32_t)weights[i] * (uint32_t)(state[i] - p->state_zero_point);
    return sum;
}

void tk_svdf_s8(const tk_svdf *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    int8_t *state = (int8_t *)(uintptr_t)inputs[1];
    const int8_t *in = inputs[0];
    for (int b = 0; b < p->batches; ++b, in += p->inputs) {
        const int8_t *feature = p->feature, *time = p->time;
        for (int u = 0; u < p->units; ++u) {
            uint32_t sum = (uint32_t)p->bias[u];
            for (int r = 0; r < p->rank; ++r, feature += p->inputs, time += p->memory, state += p->memory)
                sum += over_time_s8(p, time, state, newest(p, feature, in, INT8_MIN, INT8_MAX));
            *out++ = result(p, sum);
        }
    }
}

void tk_svdf_s16(const tk_svdf *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    int16_t *state = (int16_t *)(uintptr_t)inputs[1];
    const int8_t *in = inputs[0];
    for (int b = 0; b < p->batches; ++b, in += p->inputs) {
        const int8_t *feature = p->feature;
        const int16_t *time = p->time;
        for (int u = 0; u < p->units; ++u) {
            uint32_t sum = (uint32_t)p->bias[u];
            for (int r = 0; r < p->rank; ++r, feature += p->inputs, time += p->memory, state += p->memory)
                sum += over_time_s16(p, time, state, newest(p, feature, in, INT16_MIN, INT16_MAX));
            *out++ = result(p, sum);
        }
    }
}
