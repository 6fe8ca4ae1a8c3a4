/* SPDX-License-Identifier: 0BSD */
#include "tk_fully_connected_s16.h"

void tk_fully_connected_layer_s16(const tk_fully_connected_s16 *p, const int8_t *const *inputs, int8_t *out,
                                  void *scratch)
{
    (void)scratch;
    const int16_t *in = tk_in16(inputs[0]);
    int16_t *to = tk_out16(out);
    for (int b = 0; b < p->batches; ++b, in += p->inputs)
        for (int c = 0; c < p->outputs; ++c)
            *to++ = tk_channel_output_s16(&p->channels, c,
                                          p->channels.bias[c] +
                                              tk_dot_s16(in, p->weights + c * p->inputs, p->inputs));
}
