/* SPDX-License-Identifier: 0BSD
 * Which layer is being computed, for the fault reports of the validation firmware. Elsewhere it costs nothing. */
#ifndef TK_AT_H
#define TK_AT_H

#ifdef TK_HARNESS
#include <stdint.h>

/** A call of `layer` begins, counted from 1; 0: the model is done for now. */
void tk_at(uint32_t layer);

#define TK_AT(layer) tk_at((layer) + 1u)
#define TK_AT_NONE() tk_at(0)
#else
#define TK_AT(layer) ((void)0)
#define TK_AT_NONE() ((void)0)
#endif

#endif
