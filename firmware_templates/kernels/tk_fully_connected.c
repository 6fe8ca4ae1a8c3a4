/* SPDX-License-Identifier: 0BSD */
#include "tk_fully_connected.h"

#include "tk_dot.h"

void tk_fully_connected_s8(const tk_fully_connected *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *in = inputs[0];
    for (int32_t batch = 0; batch < p->batches; ++batch) {
        const int8_t *w = p->weights;
        int32_t c = 0;
#if !TK_DSP
        for (; c + 3 < p->outputs; c += 4) {
            int32_t sums[4] = { p->bias[c], p->bias[c + 1], p->bias[c + 2], p->bias[c + 3] };
            tk_dot4(in, in, w, p->inputs, 1, sums, sums);
            for (int k = 0; k < 4; ++k)
                out[c + k] = tk_channel_output(&p->channels, c + k, sums[k]);
            w += 4 * p->inputs;
        }
#endif
        for (; c + 1 < p->outputs; c += 2) {
            const tk_sums start = { p->bias[c], p->bias[c + 1], 0, 0 };
            const tk_sums s = tk_dot(in, in, w, w + p->inputs, p->inputs, 0, 1, start);
            out[c] = tk_channel_output(&p->channels, c, s.au);
            out[c + 1] = tk_channel_output(&p->channels, c + 1, s.av);
            w += 2 * p->inputs;
        }
        if (c < p->outputs) {
            const tk_sums start = { p->bias[c], 0, 0, 0 };
            const tk_sums s = tk_dot(in, in, w, w, p->inputs, 0, 1, start);
            out[c] = tk_channel_output(&p->channels, c, s.au);
        }
        in += p->inputs;
        out += p->outputs;
    }
}
