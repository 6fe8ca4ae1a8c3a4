/* SPDX-License-Identifier: 0BSD */
#include "tk_extremes.h"

#include <string.h>

/* The smallest value is the largest of the negated ones: `sign` is 1 or -1. */
static int8_t extreme(const tk_reduce_extreme *p, const int8_t *in, int sign)
{
    int32_t best = sign * in[0];
    for (int32_t i = 0; i < p->reduced[0]; ++i) {
        for (int32_t j = 0; j < p->reduced[1]; ++j) {
            const int8_t *const from = in + i * p->reduced_stride[0] + j * p->reduced_stride[1];
            for (int32_t k = 0; k < p->reduced[2]; ++k) {
                const int32_t value = sign * from[k * p->reduced_stride[2]];
                best = value > best ? value : best;
            }
        }
    }
    return (int8_t)(sign * best);
}

static void reduce(const tk_reduce_extreme *p, const int8_t *in, int8_t *out, int sign)
{
    for (int32_t i = 0; i < p->kept[0]; ++i)
        for (int32_t j = 0; j < p->kept[1]; ++j)
            for (int32_t k = 0; k < p->kept[2]; ++k)
                *out++ = extreme(p, in + i * p->kept_stride[0] + j * p->kept_stride[1] + k * p->kept_stride[2], sign);
}

void tk_reduce_max_s8(const tk_reduce_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    reduce(p, inputs[0], out, 1);
}

void tk_reduce_min_s8(const tk_reduce_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    reduce(p, inputs[0], out, -1);
}

static void place(const tk_place_of_extreme *p, const int8_t *in, int8_t *out, int sign)
{
    for (int32_t i = 0; i < p->outer; ++i, in += p->count * p->inner) {
        for (int32_t j = 0; j < p->inner; ++j, out += sizeof(int32_t)) {
            int32_t best = 0;
            for (int32_t k = 1; k < p->count; ++k)
                if (sign * in[k * p->inner + j] > sign * in[best * p->inner + j])
                    best = k;
            memcpy(out, &best, sizeof best);
        }
    }
}

void tk_arg_max_s8(const tk_place_of_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    place(p, inputs[0], out, 1);
}

void tk_arg_min_s8(const tk_place_of_extreme *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    place(p, inputs[0], out, -1);
}
