/* SPDX-License-Identifier: 0BSD
 * STM32F74x/F75x at 216 MHz from a crystal or clock of TK_HSE_HZ. Registers are those of the reference
 * manual RM0385, chapters RCC, PWR and FLASH. */
#include "tk_board.h"

#include "tk_cache.h"
#include "tk_cortexm.h"
#include "tk_stm32.h"

/* RCC */
#define RCC_CR TK_REG(0x40023800)
#define RCC_PLLCFGR TK_REG(0x40023804)
#define RCC_CFGR TK_REG(0x40023808)
#define RCC_APB1ENR TK_REG(0x40023840)
#define HSEON (1u << 16)
#define HSERDY (1u << 17)
#define HSEBYP (1u << 18)
#define PLLON (1u << 24)
#define PLLRDY (1u << 25)
#define PLLSRC_HSE (1u << 22)
#define PLL_KEPT (15u << 28) /* reserved */
#define PWREN (1u << 28)

/* PWR */
#define PWR_CR1 TK_REG(0x40007000)
#define PWR_CSR1 TK_REG(0x40007004)
#define ODEN (1u << 16)
#define ODSWEN (1u << 17)
#define ODRDY (1u << 16)
#define ODSWRDY (1u << 17)

/* FLASH */
#define FLASH_ACR TK_REG(0x40023C00)
#define ARTEN (1u << 9)
#define PRFTEN (1u << 8)
#define LATENCY 7u /* wait states at 216 MHz and 2.7 V to 3.6 V */

void tk_clock_init(void)
{
    RCC_APB1ENR |= PWREN;
    RCC_CR |= HSEON | (TK_HSE_BYPASS ? HSEBYP : 0);
    tk_wait_for(&RCC_CR, HSERDY);

    /* PLL: HSE / M = 1 MHz, x 432, / 2 = 216 MHz; Q = 9 gives USB its 48 MHz. */
    RCC_PLLCFGR = (RCC_PLLCFGR & PLL_KEPT) | (TK_HSE_HZ / 1000000u) | (432u << 6) | (0u << 16) | PLLSRC_HSE | (9u << 24);
    RCC_CR |= PLLON;

    /* 216 MHz needs the over-drive mode, entered as chapter PWR has it: while the PLL starts. */
    PWR_CR1 |= ODEN;
    tk_wait_for(&PWR_CSR1, ODRDY);
    PWR_CR1 |= ODSWEN;
    tk_wait_for(&PWR_CSR1, ODSWRDY);

    FLASH_ACR = ARTEN | PRFTEN | LATENCY;
    while ((FLASH_ACR & 15u) != LATENCY) {
    }
    tk_wait_for(&RCC_CR, PLLRDY);

    /* APB1 at a quarter (54 MHz), APB2 at half (108 MHz), then the PLL as system clock. */
    RCC_CFGR = (5u << 10) | (4u << 13);
    RCC_CFGR |= 2u;
    while (((RCC_CFGR >> 2) & 3u) != 2u) {
    }
    tk_caches_on();
}
