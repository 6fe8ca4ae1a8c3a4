/* SPDX-License-Identifier: 0BSD
 * ADD of two int8 tensors. */
#ifndef TK_ADD_H
#define TK_ADD_H

#include <stdint.h>

#include "tk_pairs.h"

/** clamp((a * x + b * y + bias) >> shift): exactly TFLite's ADD for every pair of int8 values, checked when the
 * constants were made. */
typedef struct tk_add_linear {
    int32_t a, b, bias;
    uint8_t shift;
    int8_t low, high; /**< activation range */
    int32_t channels;
} tk_add_linear;

/** ADD of a constant for each channel: clamp((a * x + bias[channel]) >> shift). */
typedef struct tk_add_channels {
    const int32_t *bias;
    int32_t a;
    uint8_t shift;
    int8_t low, high;
    int32_t channels;
} tk_add_channels;

/** ADD with TFLite's own arithmetic. */
typedef struct tk_add_exact {
    int32_t first_zero_point, first_multiplier, first_shift;
    int32_t second_zero_point, second_multiplier, second_shift;
    int32_t multiplier, shift, zero_point; /**< of the sum */
    int8_t low, high;
    int32_t channels;
} tk_add_exact;

/** Both for operands that broadcast against each other. */
typedef struct tk_add_linear_pairs {
    tk_operands operands;
    tk_add_linear sum;
} tk_add_linear_pairs;

typedef struct tk_add_pairs {
    tk_operands operands;
    tk_add_exact sum;
} tk_add_pairs;

void tk_add_linear_row_s8(const tk_add_linear *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                          void *scratch);
void tk_add_channels_row_s8(const tk_add_channels *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                            void *scratch);
void tk_add_exact_row_s8(const tk_add_exact *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_add_linear_pairs_row_s8(const tk_add_linear_pairs *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                                void *scratch);
void tk_add_pairs_row_s8(const tk_add_pairs *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_add_pairs_s8(const tk_add_pairs *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
