/* SPDX-License-Identifier: 0BSD
 * Peak stack use by painting: memory below the stack pointer is filled with a pattern, and what no longer holds it
 * was used. The board's linker script gives the stack's bounds. */
#ifndef TK_STACK_H
#define TK_STACK_H

#include <stdint.h>

/** Fills the stack below the caller with the pattern. */
void tk_stack_paint(void);

/** Bytes of stack used at most since the last painting. */
uint32_t tk_stack_peak(void);

/** Bytes of stack there are. */
uint32_t tk_stack_size(void);

#endif
