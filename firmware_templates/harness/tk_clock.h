/* SPDX-License-Identifier: 0BSD
 * Time, from the board's counter. */
#ifndef TK_CLOCK_H
#define TK_CLOCK_H

#include <stdint.h>

#include "tk_board.h"

/* How fast the counter's unit goes by: a cycle, or in a simulator an instruction, takes one period of the clock. A simulated
 * machine without a clock of its own takes a nanosecond for an instruction. */
#ifdef TK_CLOCK_HZ
#define TK_COUNTS_A_SECOND ((uint64_t)TK_CLOCK_HZ)
#else
#define TK_COUNTS_A_SECOND UINT64_C(1000000000)
#endif

/** Microseconds since the counter began. */
static inline uint64_t tk_microseconds(void)
{
    return tk_counter() * tk_counter_scale() / (TK_COUNTS_A_SECOND / 1000u);
}

#endif
