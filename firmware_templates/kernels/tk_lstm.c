/* SPDX-License-Identifier: 0BSD */
#include "tk_lstm.h"

#include <string.h>

#include "tk_curve.h"
#include "tk_math.h"

static int32_t saturate(int32_t value) { return tk_clamp(value, INT16_MIN, INT16_MAX); }

static int32_t scaled(int32_t value, tk_lstm_scale by) { return tk_requantise(value, by.multiplier, by.shift); }

static int32_t dot(const int8_t *weights, const int8_t *in, int count, int32_t bias)
{
    int32_t sum = 0;
    for (int i = 0; i < count; ++i)
        sum += weights[i] * in[i];
    return tk_wrap((uint32_t)sum + (uint32_t)bias);
}

/* Gate `g` of a unit in Q3.12; `at` is the unit's first gate. */
static int32_t gate(const tk_lstm *p, int at, int g, const int8_t *in, const int8_t *hidden)
{
    const int n = at + g;
    const int32_t of_input = dot(p->input_weights + n * p->inputs, in, p->inputs, p->input_bias[n]);
    const int32_t of_state = dot(p->recurrent_weights + n * p->units, hidden, p->units, p->recurrent_bias[n]);
    return saturate(saturate(scaled(of_input, p->input_scale[g])) + saturate(scaled(of_state, p->recurrent_scale[g])));
}

static void step(const tk_lstm *p, const int8_t *in, const int8_t *hidden, int16_t *cell, int8_t *out)
{
    const int32_t half = p->tanh_shift > 0 ? INT32_C(1) << (p->tanh_shift - 1) : 0;
    for (int u = 0; u < p->units; ++u) {
        const int at = u * TK_LSTM_GATES;
        /* 3 * 4096 of a curve's argument is one: Q3.12 times 3. */
        const int32_t forget = tk_logistic(p->curve, 3 * gate(p, at, TK_LSTM_FORGET, in, hidden));
        const int32_t input = tk_logistic(p->curve, 3 * gate(p, at, TK_LSTM_INPUT, in, hidden));
        const int32_t update = tk_tanh(p->curve, 3 * gate(p, at, TK_LSTM_CELL, in, hidden));
        const int32_t output = tk_logistic(p->curve, 3 * gate(p, at, TK_LSTM_OUTPUT, in, hidden));
        int32_t value = saturate(saturate(scaled(forget * cell[u], p->forget)) + saturate(scaled(input * update, p->update)));
        if (p->clip > 0)
            value = tk_clamp(value, -p->clip, p->clip);
        cell[u] = (int16_t)value;
        const int32_t shown = tk_tanh(p->curve, (value * p->tanh_multiplier + half) >> p->tanh_shift);
        out[u] = tk_requantise_s8(shown * output, p->output.multiplier, p->output.shift, p->zero_point, INT8_MIN, INT8_MAX);
    }
}

void tk_lstm_s8(const tk_lstm *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    for (int b = 0; b < p->batches; ++b) {
        int8_t *const hidden = (int8_t *)(uintptr_t)inputs[1] + b * p->units;
        int16_t *const cell = (int16_t *)(uintptr_t)inputs[2] + b * p->units;
        for (int t = 0; t < p->steps; ++t) {
            int8_t *const result = out + b * p->output_batch + t * p->output_step;
            step(p, inputs[0] + b * p->input_batch + t * p->input_step, hidden, cell, result);
            memcpy(hidden, result, (size_t)p->units);
        }
    }
}
