/* SPDX-License-Identifier: 0BSD */
#ifndef TK_CORTEXM_H
#define TK_CORTEXM_H

#include <stdint.h>

/** The register at an address. */
#define TK_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

/** Waits until all of `bits` are set in a register. */
static inline void tk_wait_for(volatile uint32_t *reg, uint32_t bits)
{
    while ((*reg & bits) != bits) {
    }
}

/** Writes `value` into a field of a register. */
static inline void tk_set_field(volatile uint32_t *reg, unsigned shift, uint32_t mask, uint32_t value)
{
    *reg = (*reg & ~(mask << shift)) | (value << shift);
}

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
