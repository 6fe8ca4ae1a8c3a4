/* SPDX-License-Identifier: 0BSD
 * UNIDIRECTIONAL_SEQUENCE_LSTM: int8 sequences and hidden state, int16 gates (Q3.12 before their curve, Q0.15 behind) and
 * cell state. */
#ifndef TK_LSTM_H
#define TK_LSTM_H

#include <stdint.h>

enum { TK_LSTM_FORGET, TK_LSTM_INPUT, TK_LSTM_CELL, TK_LSTM_OUTPUT, TK_LSTM_GATES };

/** A multiplier and its shift, as tk_requantise takes them. */
typedef struct tk_lstm_scale {
    int32_t multiplier, shift;
} tk_lstm_scale;

typedef struct tk_lstm {
    const int8_t *input_weights;     /**< [units, gates, inputs] */
    const int8_t *recurrent_weights; /**< [units, gates, units] */
    const int32_t *input_bias;       /**< [units, gates], the input's zero point in it */
    const int32_t *recurrent_bias;   /**< [units, gates]: the hidden state's zero point only */
    const uint16_t *curve;           /**< as in tk_curve_s16.h */
    tk_lstm_scale input_scale[TK_LSTM_GATES], recurrent_scale[TK_LSTM_GATES];
    tk_lstm_scale forget, update, output; /**< forget gate * cell state, input gate * cell gate, tanh * output gate */
    int32_t tanh_multiplier, tanh_shift;  /**< of the cell state */
    int32_t clip;                         /**< of the cell state; 0: none */
    int32_t zero_point;                   /**< of the hidden state and the output */
    int32_t batches, steps, inputs, units;
    int32_t input_batch, input_step, output_batch, output_step; /**< elements from one to the next */
} tk_lstm;

/** inputs[0]: the sequences; inputs[1]: hidden state, int8 [batches, units]; inputs[2]: cell state, int16 [batches, units]. Both
 * states are moved on. `out` takes the hidden state of every step. */
void tk_lstm_s8(const tk_lstm *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
