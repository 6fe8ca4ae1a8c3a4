/* SPDX-License-Identifier: 0BSD
 * Which layer is being computed, for the fault reports of the validation firmware. Elsewhere it costs nothing. */
#ifndef TK_AT_H
#define TK_AT_H

#ifdef TK_HARNESS
#include <stdint.h>

/** The layer whose call began last, counted from 1; 0: none. One store: an instruction count is hardly the higher for it. */
extern volatile uint32_t tk_layer;

/** A step of the plan has ended. */
void tk_step_end(void);

#ifdef TK_GUARD_LAYERS
/** A layer begins: tells of bytes next to the arena that the one before wrote to. Too dear where instructions are counted. */
void tk_layer_begin(uint32_t layer);

#define TK_AT(layer) tk_layer_begin((layer) + 1u)
#else
#define TK_AT(layer) ((void)(tk_layer = (layer) + 1u))
#endif
#define TK_AT_NONE() tk_step_end()
#else
#define TK_AT(layer) ((void)0)
#define TK_AT_NONE() ((void)0)
#endif

#endif
