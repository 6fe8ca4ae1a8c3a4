/* SPDX-License-Identifier: 0BSD
 * The largest or smallest values of an int8 tensor: REDUCE_MAX and REDUCE_MIN, ARG_MAX and ARG_MIN. */
#ifndef TK_EXTREMES_H
#define TK_EXTREMES_H

#include <stdint.h>

typedef struct tk_reduce_extreme {
    int32_t kept[3], kept_stride[3];       /**< axes of the output, outermost first: size and step in the input */
    int32_t reduced[3], reduced_stride[3]; /**< axes reduced */
} tk_reduce_extreme;

/** Along one axis of `count` values; the output is int32. */
typedef struct tk_place_of_extreme {
    int32_t outer, count, inner;
} tk_place_of_extreme;

void tk_reduce_max_s8(const tk_reduce_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch);
void tk_reduce_min_s8(const tk_reduce_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch);
void tk_arg_max_s8(const tk_place_of_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch);
void tk_arg_min_s8(const tk_place_of_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
