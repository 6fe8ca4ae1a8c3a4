/* SPDX-License-Identifier: 0BSD
 * STM32H742/H743/H753 at 400 MHz, which every revision of the part reaches, from a clock of TK_HSE_HZ. Registers are those
 * of the reference manual RM0433, chapters PWR, RCC and FLASH. */
#include "tk_board.h"

#include "tk_cache.h"
#include "tk_cortexm.h"
#include "tk_stm32.h"

/* PWR */
#define PWR_CSR1 TK_REG(0x58024804)
#define PWR_CR3 TK_REG(0x5802480C)
#define PWR_D3CR TK_REG(0x58024818)
#define ACTVOSRDY (1u << 13)
#define LDOEN (1u << 1)
#define VOSRDY (1u << 13)
#define VOS_1 (3u << 14)

/* RCC */
#define RCC_CR TK_REG(0x58024400)
#define RCC_CFGR TK_REG(0x58024410)
#define RCC_D1CFGR TK_REG(0x58024418)
#define RCC_D2CFGR TK_REG(0x5802441C)
#define RCC_D3CFGR TK_REG(0x58024420)
#define RCC_PLLCKSELR TK_REG(0x58024428)
#define RCC_PLLCFGR TK_REG(0x5802442C)
#define RCC_PLL1DIVR TK_REG(0x58024430)
#define RCC_AHB2ENR TK_REG(0x580244DC)
#define HSEON (1u << 16)
#define HSERDY (1u << 17)
#define HSEBYP (1u << 18)
#define PLL1ON (1u << 24)
#define PLL1RDY (1u << 25)
#define SRAM123EN (7u << 29)

/* FLASH */
#define FLASH_ACR TK_REG(0x52002000)
#define LATENCY 2u            /* wait states at 200 MHz and VOS1 */
#define WRHIGHFREQ (2u << 4)

void tk_clock_init(void)
{
    PWR_CR3 = (PWR_CR3 & ~7u) | LDOEN; /* the supply is chosen once, before anything else */
    tk_wait_for(&PWR_CSR1, ACTVOSRDY);
    PWR_D3CR |= VOS_1;
    tk_wait_for(&PWR_D3CR, VOSRDY);

    RCC_CR |= HSEON | (TK_HSE_BYPASS ? HSEBYP : 0);
    tk_wait_for(&RCC_CR, HSERDY);

    /* PLL1: HSE / M = 2 MHz (range 1: 2 to 4), x 400 in the wide VCO, P: / 2 = 400 MHz. */
    RCC_PLLCKSELR = 2u | ((TK_HSE_HZ / 2000000u) << 4);
    RCC_PLLCFGR = (1u << 2) | (1u << 16);
    RCC_PLL1DIVR = (400u - 1u) | ((2u - 1u) << 9);
    RCC_CR |= PLL1ON;
    tk_wait_for(&RCC_CR, PLL1RDY);

    FLASH_ACR = WRHIGHFREQ | LATENCY;
    while (FLASH_ACR != (WRHIGHFREQ | LATENCY)) {
    }
    /* AXI and AHB at 200 MHz, every APB at 100 MHz. */
    RCC_D1CFGR = (4u << 4) | 8u;
    RCC_D2CFGR = (4u << 4) | (4u << 8);
    RCC_D3CFGR = 4u << 4;
    RCC_CFGR |= 3u;
    while (((RCC_CFGR >> 3) & 7u) != 3u) {
    }
    RCC_AHB2ENR |= SRAM123EN; /* the SRAMs of domain D2 */
    tk_caches_on();
}
