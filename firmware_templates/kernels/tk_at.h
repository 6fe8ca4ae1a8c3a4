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

#define TK_AT(layer) ((void)(tk_layer = (layer) + 1u))
#define TK_AT_NONE() tk_step_end()
#else
#define TK_AT(layer) ((void)0)
#define TK_AT_NONE() ((void)0)
#endif

#endif
