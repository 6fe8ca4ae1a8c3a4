/* SPDX-License-Identifier: 0BSD
 * What an STM32 family gives to tk_board.c. */
#ifndef TK_STM32_H
#define TK_STM32_H

/** Clock tree, flash wait states and caches, as the manifest's numbers say. The console's clock is TK_UART_HZ then. */
void tk_clock_init(void);

#endif
