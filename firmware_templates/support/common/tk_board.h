/* SPDX-License-Identifier: 0BSD
 * What a board gives to the program: a clock, a console, a counter. Nothing here needs interrupts to work.
 *
 * A fault prints one line on the console and stops:
 *     tk-fault: psr=... pc=0800021c lr=08000201 ... cfsr=00008200 hfsr=40000000 mmfar=... addr=deadbeec layer=00000003
 * after a stack overflow the core has not saved `pc` and `lr`, and the line begins with
 *     tk-fault: stack overflow sp=1ffffff0 ... */
#ifndef TK_BOARD_H
#define TK_BOARD_H

#include <stdint.h>

#include "tk_config.h" /* TK_BOARD, the board's id as a string, and the numbers its support files need */

#ifdef __cplusplus
extern "C" {
#endif

/** Clock tree, caches, console and counter. Call it first; the FPU is on already. */
void tk_board_init(void);

/** The next byte received, or -1 at once when there is none. */
int tk_console_getc(void);

/** Sends `length` bytes; returns when the last one is on its way. */
void tk_console_write(const uint8_t *data, uint32_t length);

#ifdef TK_FASTEST_BAUD
/** Sends what is on its way, then sets the console to `baud`, which is TK_FASTEST_BAUD at most. A board whose manifest
 * names no TK_FASTEST_BAUD need not have this. */
void tk_console_speed(uint32_t baud);
#endif

/** Never goes back and does not wrap in practice. */
uint64_t tk_counter(void);

/** What one tick of tk_counter() stands for, in thousandths of tk_counter_unit(). In QEMU it holds for `-icount shift=0`. */
uint32_t tk_counter_scale(void);

/** "instructions" or "cycles". */
const char *tk_counter_unit(void);

/** Starts the program anew; does not return. */
void tk_board_reset(void);

/** The stack, from the linker script: it lies lowest in RAM and grows downwards out of it, so that an overflow faults. */
extern uint32_t tk_stack_low[], tk_stack_top[];

/** RAM that neither the stack nor any variable takes, from the linker script; its start is aligned to 16. */
extern uint8_t tk_free_low[], tk_free_high[];

#ifdef __cplusplus
}
#endif

#endif
