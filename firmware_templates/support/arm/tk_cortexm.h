/* SPDX-License-Identifier: 0BSD */
#ifndef TK_CORTEXM_H
#define TK_CORTEXM_H

#include <stdint.h>

/** The register at an address. */
#define TK_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

/** The SysTick exception; a board that uses the timer defines it. */
void tk_systick(void);

/** Holds interrupts back and returns what tk_interrupts_back needs. */
static inline uint32_t tk_interrupts_off(void)
{
    uint32_t before;

    __asm volatile("mrs %0, primask\n"
                   "cpsid i"
                   : "=r"(before)
                   :
                   : "memory");
    return before;
}

static inline void tk_interrupts_back(uint32_t before)
{
    __asm volatile("msr primask, %0" : : "r"(before) : "memory");
}

static inline void tk_barrier(void)
{
    __asm volatile("dsb\n"
                   "isb"
                   :
                   :
                   : "memory");
}

#endif
