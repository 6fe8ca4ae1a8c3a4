/* SPDX-License-Identifier: 0BSD
 * The caches of the Cortex-M7: PM0253, chapter on cache maintenance. */
#ifndef TK_CACHE_H
#define TK_CACHE_H

#include "tk_cortexm.h"

#define TK_SCB_CCR TK_REG(0xE000ED14)
#define TK_SCB_CCSIDR TK_REG(0xE000ED80)
#define TK_SCB_CSSELR TK_REG(0xE000ED84)
#define TK_SCB_ICIALLU TK_REG(0xE000EF50)
#define TK_SCB_DCISW TK_REG(0xE000EF60)
#define TK_DC (1u << 16)
#define TK_IC (1u << 17)

/** Empties both caches and turns them on. */
static inline void tk_caches_on(void)
{
    tk_barrier();
    TK_SCB_ICIALLU = 0;
    tk_barrier();
    TK_SCB_CCR |= TK_IC;

    TK_SCB_CSSELR = 0; /* the level 1 data cache; its lines hold 32 bytes */
    tk_barrier();
    const uint32_t size = TK_SCB_CCSIDR;
    const uint32_t sets = (size >> 13) & 0x7FFFu, ways = (size >> 3) & 0x3FFu;
    for (uint32_t set = 0; set <= sets; set++) {
        for (uint32_t way = 0; way <= ways; way++)
            TK_SCB_DCISW = (way << 30) | (set << 5);
    }
    tk_barrier();
    TK_SCB_CCR |= TK_DC;
    tk_barrier();
}

#endif
