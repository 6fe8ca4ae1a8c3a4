/* SPDX-License-Identifier: 0BSD
 * What the start-up codes of the architectures share. */
#ifndef TK_START_H
#define TK_START_H

#include <stdint.h>

/** Sets up .data and .bss and runs main(); entered on a fresh stack with the FPU on. */
void tk_start(void);

/** Prints " name=value" in hexadecimal. */
void tk_fault_value(const char *name, uint32_t value);

/** Prints `text`. */
void tk_fault_text(const char *text);

/** Prints the layer and ends the line; the core stops here. */
_Noreturn void tk_fault_end(void);

/** What a fault's line begins with. */
#define TK_FAULT "tk-fault:"

/** The layer that is being computed, counted from 1, or 0. Models set it where TK_HARNESS is defined. */
extern volatile uint32_t tk_layer;

#endif
