/* SPDX-License-Identifier: 0BSD
 * The cycle counter of the Armv7-M and Armv8-M cores (Armv7-M Architecture Reference Manual, chapter on the DWT): 32 bits, made 64 by software
 * that looks at it often enough, SysTick's handler if nobody else. Include it in one file. */
#ifndef TK_DWT_H
#define TK_DWT_H

#include "tk_cortexm.h"

#define TK_DEMCR TK_REG(0xE000EDFC)
#define TK_TRCENA (1u << 24)
#define TK_DWT_CTRL TK_REG(0xE0001000)
#define TK_DWT_CYCCNT TK_REG(0xE0001004)
#define TK_DWT_LAR TK_REG(0xE0001FB0)
#define TK_SYST_CSR TK_REG(0xE000E010)
#define TK_SYST_RVR TK_REG(0xE000E014)

static volatile uint32_t tk_cycles_high, tk_cycles_last;

/** Starts the counter at 0. */
static inline void tk_dwt_start(void)
{
    TK_DEMCR |= TK_TRCENA;
    TK_DWT_LAR = 0xC5ACCE55; /* the Cortex-M7 locks its DWT */
    TK_DWT_CYCCNT = 0;
    TK_DWT_CTRL |= 1u;
}

/** Has SysTick look at the counter, every 2^24 cycles: often enough to see it wrap. */
static inline void tk_dwt_watch(void)
{
    TK_SYST_RVR = 0x00FFFFFF;
    TK_SYST_CSR = 7u;
}

/** Cycles since the start. */
static inline uint64_t tk_dwt_cycles(void)
{
    const uint32_t before = tk_interrupts_off();
    const uint32_t now = TK_DWT_CYCCNT;
    uint64_t count;

    if (now < tk_cycles_last)
        tk_cycles_high++;
    tk_cycles_last = now;
    count = (uint64_t)tk_cycles_high << 32 | now;
    tk_interrupts_back(before);
    return count;
}

#endif
