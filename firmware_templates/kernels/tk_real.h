/* SPDX-License-Identifier: 0BSD
 * float32 tensors in the arena, whose kernels are handed bytes; every element of them lies on a word. */
#ifndef TK_REAL_H
#define TK_REAL_H

#include <stdint.h>

#define TK_INFINITY __builtin_inff()
#define TK_NAN __builtin_nanf("")

static inline const float *tk_in_f32(const int8_t *bytes) { return (const float *)(const void *)bytes; }
static inline float *tk_out_f32(int8_t *bytes) { return (float *)(void *)bytes; }
#endif
