/* SPDX-License-Identifier: 0BSD
 * tk_counter() of tk_board.h in cycles of the core, for boards whose core has a DWT. */
#ifndef TK_CYCLES_H
#define TK_CYCLES_H

/** Starts the counter at 0; SysTick looks at it from now on. */
void tk_cycles_start(void);

#endif
